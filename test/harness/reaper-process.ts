/** The process that `startReaper` starts. Its argument is the directory of the Postgres to remove. */
import { once } from 'node:events';
import { realpath } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { stopLeftover } from '../../tools/embedded-postgres';
import { removeHome } from '../../tools/postgres-home';
import { commandLines } from '../../tools/processes';
import { runTool, ToolError } from '../../tools/tool';

const POLL_MS = 50;
/** Longer than initdb and the start of a server take on a slow machine. */
const TIMEOUT_MS = 60_000;

const ignore = (): void => undefined;

/** The parent may have been killed while it made or started the server, so this repeats. */
async function stopAll(directory: string): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  for (;;) {
    await stopLeftover(directory, ignore);
    const left = await processesOf(directory);
    if (left.length === 0) return;
    if (Date.now() > deadline) {
      throw new ToolError(`These processes still use ${directory}:\n${left.join('\n')}`);
    }
    await sleep(POLL_MS);
  }
}

/** The data may be elsewhere, with a link at `directory`. */
async function processesOf(directory: string): Promise<string[]> {
  const data = await realpath(directory).catch(() => directory);
  const all = await commandLines();
  return all
    .filter(({ pid, command }) => pid !== process.pid && command.includes(data))
    .map(({ pid, command }) => `${pid} ${command}`);
}

runTool(async () => {
  const [directory] = process.argv.slice(2);
  if (!directory) throw new ToolError('Usage: reaper-process.ts DIRECTORY');
  if (process.connected) await once(process, 'disconnect');
  await stopAll(directory);
  await removeHome(directory);
});
