import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** Returns whether a process with this pid exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it exists and belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Returns when a process started. Pids are reused, soonest after a reboot, and the start time tells
 * two processes with the same pid apart. Undefined if the process has ended, and on Windows.
 */
export async function startTimeOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const raw = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // The name in parentheses may contain spaces. The start time is the 20th field after it.
    const fields = raw.slice(raw.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended. In a container without an init process it may never be reaped.
    return fields[0] === 'Z' ? undefined : fields[19];
  }
  return psColumn(pid, 'lstart=');
}

/** Returns one column of `ps`. Undefined if the process has ended, and on Windows. */
export function psColumn(pid: number, column: string): string | undefined {
  if (process.platform === 'win32') return undefined;
  const { status, stdout } = spawnSync('ps', ['-o', column, '-p', String(pid)], {
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : undefined;
}
