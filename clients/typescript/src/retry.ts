import { UnansweredRequestError, ProblemError, UnexpectedResponseError } from './problem.js';

export interface RetryOptions {
  /** Attempts in all, the first one included; 1 never retries. */
  readonly maxAttempts: number;
  readonly signal?: AbortSignal | undefined;
}

const BASE_DELAY_MS = 100;
const MAX_DELAY_MS = 5_000;

/** What a proxy answers when it has not reached the service, or has waited too long for it. */
const PROXY_STATUSES = [502, 503, 504];

/** Problems after which the same request may succeed. None of them says that the request is wrong. */
const isTransient = (error: unknown): boolean => {
  if (error instanceof UnansweredRequestError) return true;
  if (error instanceof UnexpectedResponseError) return PROXY_STATUSES.includes(error.status);
  return error instanceof ProblemError && [408, 503].includes(error.problem.status);
};

/** How long to wait after a failed attempt: as long as the service asks, or a random part of a growing time. */
const delayMs = (error: unknown, attempt: number): number => {
  const backoffMs = Math.random() * Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** attempt);
  const askedMs = error instanceof ProblemError ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(askedMs, backoffMs);
};

/** Resolves after a time. Rejects with the reason of the signal when it aborts. */
export const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', abort, { once: true });
  });

/** Repeats an attempt that fails for a reason that may pass. Throws the error of the last attempt. */
export const withRetries = async <Result>(
  attempt: () => Promise<Result>,
  { maxAttempts, signal }: RetryOptions,
): Promise<Result> => {
  for (let count = 1; ; count += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (signal?.aborted || count >= maxAttempts || !isTransient(error)) throw error;
      await sleep(delayMs(error, count), signal);
    }
  }
};
