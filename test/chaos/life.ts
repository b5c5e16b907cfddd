/** What customers were promised of an order's life. Written anew, so that it can contradict the app. */
export type Status =
  'PENDING' | 'CONFIRMED' | 'CANCELLING' | 'CANCELLED' | 'FULFILLING' | 'FULFILLED';

const MOVES: Readonly<Record<Status, readonly Status[]>> = {
  PENDING: ['CONFIRMED', 'CANCELLING', 'CANCELLED'],
  CONFIRMED: ['CANCELLING', 'FULFILLING'],
  CANCELLING: ['CANCELLED'],
  FULFILLING: ['FULFILLED'],
  CANCELLED: [],
  FULFILLED: [],
};

export const isStatus = (text: unknown): text is Status =>
  typeof text === 'string' && Object.hasOwn(MOVES, text);

/** Whether an order that was seen as the one can be the other later. */
export const leadsTo = (from: Status, to: Status): boolean =>
  from === to || MOVES[from].some((next) => leadsTo(next, to));

/** The system still has something to do for it. */
export const isUnfinished = (status: Status): boolean =>
  status === 'PENDING' || status === 'CANCELLING' || status === 'FULFILLING';
