import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { isServiceError } from './stock-admin.client';

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2_000;

/** The call may have been executed, so it may be repeated under the same id only. */
const RETRYABLE: ReadonlySet<status> = new Set([
  status.UNAVAILABLE,
  status.RESOURCE_EXHAUSTED,
  status.DEADLINE_EXCEEDED,
]);

/** Returns whether a call failed without a decision by Inventory. */
export const isRetryable = (error: unknown): boolean =>
  isServiceError(error) && RETRYABLE.has(error.code);

export interface RetryOptions {
  /** How long to retry. The last attempt may end one deadline later. */
  readonly retryForMs: number;
  /** Once aborted, a call in flight is awaited and not repeated. */
  readonly stop: AbortSignal;
}

/**
 * Repeats a call until Inventory responds. The pauses double up to two seconds. Up to half of each
 * pause is random, so that calls which failed together do not return together. Rejects with the last
 * error when the time is over or `stop` is aborted.
 */
export async function callWithRetry<Response>(
  call: () => Promise<Response>,
  { retryForMs, stop }: RetryOptions,
): Promise<Response> {
  const deadlineMs = Date.now() + retryForMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
    try {
      return await call();
    } catch (error) {
      const jitteredMs = pauseMs * (1 - Math.random() / 2);
      if (!isRetryable(error) || Date.now() + jitteredMs > deadlineMs) throw error;
      // An aborted pause ends early. The check below then ends the loop.
      await sleep(jitteredMs, undefined, { signal: stop }).catch(() => undefined);
      if (stop.aborted) throw error;
    }
  }
}
