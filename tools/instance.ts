import { join } from 'node:path';
import { type Holder, holderOf, type LockAttempt, tryLock } from './lock';
import { stateDirectory, ToolError } from './tool';

/** Names the one process that may use this clone's database files. */
const FILE = join(stateDirectory, 'running.json');

export type Instance = Extract<LockAttempt, { taken: true }>;

export const runningInstance = (): Promise<Holder | undefined> => holderOf(FILE);

/** Claims this clone for `npm start` or `npm run db`; two would share the database files. */
export async function claimInstance(command: string): Promise<Instance> {
  const attempt = await tryLock(FILE, command);
  if (!attempt.taken) throw alreadyRunning(attempt.holder);
  return attempt;
}

export const alreadyRunning = ({ command, pid }: Holder): ToolError =>
  new ToolError(
    `${command} already runs for this folder (pid ${pid}). ` +
      `Press Ctrl+C in its terminal, or stop it from here: kill ${pid}`,
  );
