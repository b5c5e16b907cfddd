import { setTimeout as sleep } from 'node:timers/promises';

const POLL_INTERVAL_MS = 10;

type Present<Result> = Exclude<Result, false | null | undefined>;

const isPresent = <Result>(result: Result): result is Present<Result> =>
  result !== undefined && result !== null && result !== false;

/** Polls until `probe` returns something other than false, undefined or null, and returns that. */
export const eventually = async <Result>(
  what: string,
  probe: () => Promise<Result> | Result,
  timeoutMs = 20_000,
  pollIntervalMs = POLL_INTERVAL_MS,
): Promise<Present<Result>> => {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const result = await probe();
    if (isPresent(result)) return result;
    if (Date.now() > deadline) throw new Error(`Not within ${timeoutMs} ms: ${what}`);
    await sleep(pollIntervalMs);
  }
};

export const times = <Result>(count: number, make: (index: number) => Result): Result[] =>
  Array.from({ length: count }, (_, index) => make(index));
