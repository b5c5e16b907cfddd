import { spawn, type SpawnOptions, spawnSync } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { psColumn } from '../apps/cli/src/instance/process-identity';

/**
 * execa cannot replace `run`: since version 6 it is an ES module whose dependency unicorn-magic can
 * be loaded neither by Jest nor by tsx, and version 5 of 2021 is no longer maintained.
 */

export interface Finished {
  /** Null if a signal ended the process. */
  readonly code: number | null;
  readonly output: string;
}

export interface RunOptions extends SpawnOptions {
  /** The standard input. Empty by default. */
  readonly input?: string;
}

/** Runs a command to its end and returns its output. Rejects only if it cannot be started. */
export function run(
  command: string,
  args: readonly string[],
  { input, ...options }: RunOptions = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      windowsHide: true,
      ...options,
    });
    let output = '';
    const append = (chunk: Buffer) => (output += chunk.toString());
    child.stdout?.on('data', append);
    child.stderr?.on('data', append);
    child.once('error', reject);
    // A process that ends early does not read its input. Its exit code tells.
    child.stdin?.on('error', () => undefined).end(input);
    child.once('close', (code) => resolve({ code, output: output.trim() }));
  });
}

/** Returns the command line of a process. Undefined if it has ended, and on Windows. */
export async function commandLineOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const raw = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return raw.replaceAll('\0', ' ').trim() || undefined;
  }
  return psColumn(pid, 'command=');
}

export interface RunningProcess {
  readonly pid: number;
  readonly command: string;
}

/** Returns the command lines of all processes. Empty on Windows. */
export async function commandLines(): Promise<RunningProcess[]> {
  if (process.platform === 'win32') return [];
  if (process.platform !== 'linux') return processesFromPs();
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = await Promise.all(
    pids.map(async (pid) => ({ pid, command: (await commandLineOf(pid)) ?? '' })),
  );
  return all.filter(({ command }) => command !== '');
}

function processesFromPs(): RunningProcess[] {
  const { stdout } = spawnSync('ps', ['-axo', 'pid=,command='], { encoding: 'utf8' });
  return stdout.split('\n').map((line) => {
    const [, pid, command = ''] = /^\s*(\d+) (.*)$/.exec(line) ?? [];
    return { pid: Number(pid), command };
  });
}

/** Returns a short name for messages, such as `node`. */
export async function nameOf(pid: number): Promise<string> {
  const executable = await readlink(`/proc/${pid}/exe`).catch(() => undefined);
  const command = executable ?? (await commandLineOf(pid))?.split(' ')[0] ?? 'a process';
  return command.split('/').at(-1) ?? command;
}
