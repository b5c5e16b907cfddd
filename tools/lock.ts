import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, startTimeOf } from './processes';
import { errorCode, ToolError } from './tool';

/** How often to look whether another process has swept; that takes it a few file operations. */
const SWEEP_POLL_MS = 20;

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
    await sweep(file);
  }
  return {
    taken: true,
    release: () => rm(file, { force: true }),
    publish: (facts) => replaceWhole(file, { ...me, facts }),
  };
}

/** Who holds the lock, if that process still lives. */
export async function holderOf(file: string): Promise<Holder | undefined> {
  const text = await textOf(file);
  return text === undefined ? undefined : livingHolder(text);
}

/**
 * Removes the lock of a dead process, under a lock of its own: of two that saw the same dead holder,
 * the slower would otherwise remove what the faster has just taken. Under it nobody else removes a
 * dead lock, so that the one looked at here is the one that goes.
 */
async function sweep(file: string): Promise<void> {
  const sweeping = await tryLock(`${file}.sweep`, 'sweep');
  if (!sweeping.taken) {
    await sleep(SWEEP_POLL_MS);
    return;
  }
  try {
    const text = await textOf(file);
    if (text !== undefined && !(await livingHolder(text))) await rm(file, { force: true });
  } finally {
    await sweeping.release();
  }
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw notOurs(file, error);
  }
}

async function livingHolder(text: string): Promise<Holder | undefined> {
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
  const draft = await writeDraft(file, holder);
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

/** Readers see the old content or the new, for the same reason. */
async function replaceWhole(file: string, holder: Holder): Promise<void> {
  await rename(await writeDraft(file, holder), file);
}

async function writeDraft(file: string, holder: Holder): Promise<string> {
  const draft = `${file}.${randomUUID()}`;
  try {
    await writeFile(draft, JSON.stringify(holder));
  } catch (error) {
    throw notOurs(file, error);
  }
  return draft;
}

function notOurs(file: string, error: unknown): unknown {
  if (errorCode(error) !== 'EACCES') return error;
  return new ToolError(
    `This user may not use ${dirname(file)}. ` +
      'Run this as the user who made that folder, or have that user delete it.',
  );
}
