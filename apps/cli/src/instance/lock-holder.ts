import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { CommandError } from '../command-line/command-error';
import { errorCode } from '../command-line/output';
import { isAlive, startTimeOf } from './process-identity';

const lockHolder = z.object({
  pid: z.number(),
  /** Undefined on Windows, where the pid alone identifies the process. */
  startTime: z.string().optional(),
  /** The command that took the lock, such as `npm start`. */
  command: z.string(),
  /** What the holder publishes for other processes. */
  metadata: z.record(z.string(), z.string()).optional(),
});

/** The process that a lock file names. */
export type LockHolder = Readonly<z.output<typeof lockHolder>>;

/** Returns the process that holds a lock file. Undefined if there is no file or the process is gone. */
export async function holderOf(file: string): Promise<LockHolder | undefined> {
  const text = await readLockFile(file);
  return text === undefined ? undefined : livingHolder(text);
}

/** Returns the content of a lock file. Undefined if there is none. */
export async function readLockFile(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw explainLockError(file, error);
  }
}

/** Returns the holder that a lock file's content names, if that process is still alive. */
export async function livingHolder(text: string): Promise<LockHolder | undefined> {
  const holder = parseHolder(text);
  if (!holder || !isAlive(holder.pid)) return undefined;
  const isSameProcess = (await startTimeOf(holder.pid)) === holder.startTime;
  return isSameProcess ? holder : undefined;
}

function parseHolder(text: string): LockHolder | undefined {
  try {
    return lockHolder.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Replaces a permission error by one that states the remedy. */
export function explainLockError(file: string, error: unknown): unknown {
  if (errorCode(error) !== 'EACCES') return error;
  return new CommandError(
    `This user has no access to ${dirname(file)}. ` +
      'Run the command as the user who created that folder, or let that user delete it.',
    { cause: error },
  );
}
