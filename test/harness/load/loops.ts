import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller } from './caller';

/**
 * Receives the time at which a call began, or should have begun, the time of its result, and the result.
 * Returns how long the caller pauses before its next call.
 */
export type OnResult<Result> = (
  startedMs: number,
  endedMs: number,
  result: Result,
) => number | undefined;

/** Each caller calls again as soon as it has its result, until `isOver`. Resolves after the last result. */
export const closedLoop = async <Result>(
  callers: readonly Caller<Result>[],
  isOver: () => boolean,
  onResult: OnResult<Result> = () => undefined,
): Promise<void> => {
  await Promise.all(
    callers.map(async (caller) => {
      while (!isOver()) {
        const startedMs = performance.now();
        const result = await caller.call();
        const pauseMs = onResult(startedMs, performance.now(), result);
        if (pauseMs) await sleep(pauseMs);
      }
    }),
  );
};

/**
 * Calls begin at a constant rate until `endsMs`, whether or not earlier calls have results. Time counts
 * from when a call should have begun, so the wait for a free caller is part of it. Timers are accurate
 * to a millisecond, which every figure includes.
 */
export const openLoop = async <Result>(
  callers: readonly Caller<Result>[],
  callsPerSecond: number,
  endsMs: number,
  onResult: OnResult<Result>,
): Promise<void> => {
  const free = [...callers];
  const due: number[] = [];
  const startMs = performance.now();
  let [begun, inFlight] = [0, 0];
  const begin = (caller: Caller<Result>, dueMs: number): void => {
    inFlight += 1;
    void caller.call().then((result) => {
      onResult(dueMs, performance.now(), result);
      inFlight -= 1;
      const next = due.shift();
      if (next === undefined) free.push(caller);
      else begin(caller, next);
    });
  };
  const isDone = (): boolean => performance.now() >= endsMs && inFlight === 0;
  while (!isDone()) {
    const nowMs = Math.min(performance.now(), endsMs);
    const target = ((nowMs - startMs) / 1_000) * callsPerSecond;
    for (; begun < target; begun += 1) {
      const dueMs = startMs + (begun / callsPerSecond) * 1_000;
      const caller = free.pop();
      if (caller) begin(caller, dueMs);
      else due.push(dueMs);
    }
    await sleep(1);
  }
};
