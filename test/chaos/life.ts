import type { OrderStatus } from '../../apps/orders/src/order/lifecycle';

export type Status = OrderStatus;

/** The moves that the API promises. A copy on purpose: it can contradict the app's own table. */
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
