import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isAlive, startTimeOf } from './processes';
import { errorCode, ToolError } from './tool';

export interface Holder {
  readonly pid: number;
  /** Undefined where the platform does not say; then the pid alone has to do. */
  readonly startTime?: string;
  /** What the holder is known as, such as `npm start`. */
  readonly command: string;
  /** What it wants others to know. */
  readonly facts?: Readonly<Record<string, string>>;
}

export type LockAttempt =
  | {
      readonly taken: true;
      release(): Promise<void>;
      publish(facts: Holder['facts']): Promise<void>;
    }
  | { readonly taken: false; readonly holder: Holder };

/** Takes a lock file unless a living process holds it. What the dead left is swept away. */
export async function tryLock(file: string, command: string): Promise<LockAttempt> {
  await mkdir(dirname(file), { recursive: true });
  const me: Holder = { pid: process.pid, startTime: await startTimeOf(process.pid), command };
  while (!(await createWhole(file, me))) {
    const holder = await holderOf(file);
    if (holder) return { taken: false, holder };
    await rm(file, { force: true });
  }
  return {
    taken: true,
    release: () => rm(file, { force: true }),
    publish: (facts) => writeFile(file, JSON.stringify({ ...me, facts })),
  };
}

/** Who holds the lock, if that process still lives. */
export async function holderOf(file: string): Promise<Holder | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const holder = parseHolder(text);
  if (!holder || !isAlive(holder.pid)) return undefined;
  const sameProcess = (await startTimeOf(holder.pid)) === holder.startTime;
  return sameProcess ? holder : undefined;
}

function parseHolder(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return undefined;
  }
}

/** A link appears with its content at once, so that nobody ever reads half a lock file. */
async function createWhole(file: string, holder: Holder): Promise<boolean> {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, JSON.stringify(holder)).catch((error: unknown) => {
    if (errorCode(error) !== 'EACCES') throw error;
    throw new ToolError(
      `This user may not write in ${dirname(file)}. ` +
        'Run this as the user who made that folder, or have that user delete it.',
    );
  });
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}
