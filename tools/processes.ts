import { spawn, type SpawnOptions, spawnSync } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';

export interface Finished {
  /** Absent when a signal ended the process. */
  readonly code: number | null;
  readonly output: string;
}

/** Runs a command to its end and keeps what it said. Rejects only if it could not be started. */
export function run(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
      ...options,
    });
    let output = '';
    const keep = (chunk: Buffer) => (output += chunk.toString());
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output: output.trim() }));
  });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it exists and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The command line of a process; undefined when it is gone or cannot be told. */
export async function commandLineOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const raw = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return raw.replaceAll('\0', ' ').trim() || undefined;
  }
  return ps(pid, 'command=');
}

export interface RunningProcess {
  readonly pid: number;
  readonly command: string;
}

/** The command lines of all processes; empty where the platform does not tell them. */
export async function commandLines(): Promise<RunningProcess[]> {
  if (process.platform === 'win32') return [];
  if (process.platform !== 'linux') return listedByPs();
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = await Promise.all(
    pids.map(async (pid) => ({ pid, command: (await commandLineOf(pid)) ?? '' })),
  );
  return all.filter(({ command }) => command !== '');
}

function listedByPs(): RunningProcess[] {
  const { stdout } = spawnSync('ps', ['-axo', 'pid=,command='], { encoding: 'utf8' });
  return stdout.split('\n').map((line) => {
    const [, pid, command = ''] = /^\s*(\d+) (.*)$/.exec(line) ?? [];
    return { pid: Number(pid), command };
  });
}

/**
 * Tells two processes with the same pid apart: pids are used again, after a reboot soonest of all.
 * Undefined when it has ended, and where the platform does not say.
 */
export async function startTimeOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const raw = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // The name in parentheses may hold spaces; the start time is the 20th field behind it.
    const fields = raw.slice(raw.lastIndexOf(')') + 2).split(' ');
    // Ended, though its parent has not asked how: in a container that may be so for good.
    return fields[0] === 'Z' ? undefined : fields[19];
  }
  return ps(pid, 'lstart=');
}

/** A short name for messages, such as `node`. */
export async function nameOf(pid: number): Promise<string> {
  const executable = await readlink(`/proc/${pid}/exe`).catch(() => undefined);
  const command = executable ?? (await commandLineOf(pid))?.split(' ')[0] ?? 'a process';
  return command.split('/').at(-1) ?? command;
}

function ps(pid: number, column: string): string | undefined {
  if (process.platform === 'win32') return undefined;
  const { status, stdout } = spawnSync('ps', ['-o', column, '-p', String(pid)], {
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : undefined;
}
