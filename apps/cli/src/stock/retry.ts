import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { isServiceError } from './stock-admin.client';

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2_000;

/** No answer, or "not now". The call may have been carried out: repeat it under the same id only. */
const TRANSIENT: ReadonlySet<status> = new Set([
  status.UNAVAILABLE,
  status.RESOURCE_EXHAUSTED,
  status.DEADLINE_EXCEEDED,
]);

export const isTransient = (error: unknown): boolean =>
  isServiceError(error) && TRANSIENT.has(error.code);

export interface RetryOptions {
  /** How long to go on repeating the call; its last attempt may end a deadline later. */
  readonly retryForMs: number;
  /** Once aborted, what is under way is waited for, and not repeated. */
  readonly stop: AbortSignal;
}

/**
 * Repeats a call until it is answered, with pauses that double up to two seconds; up to half of each
 * is left to chance, so that calls which failed together do not come back together. Rejects with
 * the last error when the time is up or it is told to stop.
 */
export async function untilAnswered<Response>(
  call: () => Promise<Response>,
  { retryForMs, stop }: RetryOptions,
): Promise<Response> {
  const deadline = Date.now() + retryForMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
    try {
      return await call();
    } catch (error) {
      const chosenMs = pauseMs * (1 - Math.random() / 2);
      if (!isTransient(error) || Date.now() + chosenMs > deadline) throw error;
      // A pause that is cut short by the stop ends the loop with what was said last.
      await sleep(chosenMs, undefined, { signal: stop }).catch(() => undefined);
      if (stop.aborted) throw error;
    }
  }
}
