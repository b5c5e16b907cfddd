import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Caller } from './caller';
import { wrong } from './caller';

/** Hears of each answer: when its call began, or should have begun, and when it came. */
export type OnAnswer = (beganMs: number, endedMs: number, answer: Answer) => void;

const called = (caller: Caller): Promise<Answer> =>
  caller.call().catch((error: unknown) => wrong(String(error)));

/** Each client calls again as soon as it has its answer, until `endsMs`. Resolves after the last. */
export const closedLoop = async (
  callers: readonly Caller[],
  endsMs: number,
  onAnswer: OnAnswer,
): Promise<void> => {
  await Promise.all(
    callers.map(async (caller) => {
      while (performance.now() < endsMs) {
        const beganMs = performance.now();
        const answer = await called(caller);
        onAnswer(beganMs, performance.now(), answer);
        if (answer.fault !== undefined) await sleep(1);
      }
    }),
  );
};

/**
 * Calls begin at a constant rate, until `endsMs`, whether or not those before them have been answered.
 * Time counts from when a call should have begun: one that waits for a free client, or for this process
 * to wake up, has waited all the same. Timers are good to a millisecond, which is in every figure.
 */
export const openLoop = async (
  callers: readonly Caller[],
  callsPerSecond: number,
  endsMs: number,
  onAnswer: OnAnswer,
): Promise<void> => {
  const free = [...callers];
  const due: number[] = [];
  const startMs = performance.now();
  let [begun, inFlight] = [0, 0];
  const begin = (caller: Caller, dueMs: number): void => {
    inFlight += 1;
    void called(caller).then((answer) => {
      onAnswer(dueMs, performance.now(), answer);
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
