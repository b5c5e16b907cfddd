import { randomUUID } from 'node:crypto';
import { link, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from '../apps/cli/src/command-line/output';
import {
  explainLockError,
  holderOf,
  livingHolder,
  type LockHolder,
  readLockFile,
} from '../apps/cli/src/instance/lock-holder';
import { startTimeOf } from '../apps/cli/src/instance/process-identity';

/**
 * A lock file with the identity of its process. proper-lockfile cannot replace it: that library judges
 * a holder by the age of the file, so a killed one blocks its successor for seconds, and a suspended
 * laptop loses the lock while its processes still use the database files.
 */

/** How often to check whether another process has removed a stale lock. */
const SWEEP_POLL_MS = 20;

export type LockAttempt =
  | {
      readonly taken: true;
      release(): Promise<void>;
      /** Replaces what the lock file tells other processes. */
      publish(metadata: LockHolder['metadata']): Promise<void>;
    }
  | { readonly taken: false; readonly holder: LockHolder };

/** Takes a lock file unless a living process holds it. It removes the lock of a dead process. */
export async function tryLock(file: string, command: string): Promise<LockAttempt> {
  await mkdir(dirname(file), { recursive: true });
  const self: LockHolder = { pid: process.pid, startTime: await startTimeOf(process.pid), command };
  while (!(await createAtomically(file, self))) {
    const holder = await holderOf(file);
    if (holder) return { taken: false, holder };
    await sweep(file);
  }
  return {
    taken: true,
    release: () => rm(file, { force: true }),
    publish: (metadata) => replaceAtomically(file, { ...self, metadata }),
  };
}

/**
 * Removes the lock of a dead process, under a lock of its own. Of two processes that saw the same dead
 * holder, the slower one would otherwise remove the lock that the faster one has just taken.
 */
async function sweep(file: string): Promise<void> {
  const sweeping = await tryLock(`${file}.sweep`, 'sweep');
  if (!sweeping.taken) {
    await sleep(SWEEP_POLL_MS);
    return;
  }
  try {
    const text = await readLockFile(file);
    if (text !== undefined && !(await livingHolder(text))) await rm(file, { force: true });
  } finally {
    await sweeping.release();
  }
}

/** A link appears with its content, so no reader ever sees half a lock file. */
async function createAtomically(file: string, holder: LockHolder): Promise<boolean> {
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

/** A rename is atomic, so readers see the old content or the new one. */
async function replaceAtomically(file: string, holder: LockHolder): Promise<void> {
  await rename(await writeDraft(file, holder), file);
}

async function writeDraft(file: string, holder: LockHolder): Promise<string> {
  const draft = `${file}.${randomUUID()}`;
  try {
    // What a holder publishes may contain passwords.
    await writeFile(draft, JSON.stringify(holder), { mode: 0o600 });
  } catch (error) {
    throw explainLockError(file, error);
  }
  return draft;
}
