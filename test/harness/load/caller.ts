/** One client. Makes one call at a time. */
export interface Caller<Result> {
  /** Never rejects: a call without an answer has a result as well. */
  call(): Promise<Result>;
}

/** What the answer to one call of a measured load says. */
export interface Answer {
  /** `pending` and `overloaded` occur only where the plan allows overload. */
  readonly outcome: 'expected' | 'pending' | 'overloaded' | 'wrong';
  /** Expected results in it: 1, or the reservations of a batch. */
  readonly results: number;
  readonly units: number;
  /** What is wrong about it. */
  readonly fault?: string;
  /** How long the client waits before its next call. */
  readonly pauseMs?: number;
}

const MAX_FAULT_LENGTH = 300;

/** Keeps a client from calling a dead server in a busy loop. */
export const UNANSWERED_PAUSE_MS = 10;

export const wrong = (fault: string, pauseMs = 0): Answer => ({
  outcome: 'wrong',
  results: 0,
  units: 0,
  fault: fault.slice(0, MAX_FAULT_LENGTH).replaceAll(/\s+/g, ' '),
  pauseMs,
});
