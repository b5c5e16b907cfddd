import { setTimeout as sleep } from 'node:timers/promises';

const POLL_INTERVAL_MS = 10;

type Present<Result> = Exclude<Result, false | null | undefined>;

const isThere = <Result>(result: Result): result is Present<Result> =>
  result !== undefined && result !== null && result !== false;

/** Waits until `probe` gives something that is not false, undefined or null, and gives that. */
export const eventually = async <Result>(
  what: string,
  probe: () => Promise<Result> | Result,
  withinMs = 10_000,
): Promise<Present<Result>> => {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const result = await probe();
    if (isThere(result)) return result;
    if (Date.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await sleep(POLL_INTERVAL_MS);
  }
};

export const times = <Result>(count: number, make: (index: number) => Result): Result[] =>
  Array.from({ length: count }, (_, index) => make(index));
