import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { projectRoot } from '../../tools/tool';

export interface Reaper {
  /** Ends the reaper. Call it when Postgres has stopped and its data is deleted. */
  release(): Promise<void>;
}

/**
 * Starts a reaper: a process that stops the Postgres in `directory` and deletes its data as soon as this
 * process ends, even if SIGKILL ends it. Postgres has a session of its own, so neither Ctrl+C nor the
 * end of this process stops it. Call this before Postgres is started.
 */
export function startReaper(directory: string): Reaper {
  const child = fork(join(__dirname, 'reaper-process.ts'), [directory], {
    cwd: projectRoot,
    execArgv: ['--import', 'tsx'],
    // A session of its own, so that Ctrl+C does not end it together with the tests.
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.unref();
  child.channel?.unref();
  return { release: () => release(child) };
}

async function release(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
}
