import type { OrderStatus } from '../../apps/orders/src/order/lifecycle';

export type Status = OrderStatus;

/** The transitions that the API promises. A copy on purpose: it can contradict the app's own table. */
const NEXT_STATUSES: Readonly<Record<Status, readonly Status[]>> = {
  PENDING: ['CONFIRMED', 'CANCELLING', 'CANCELLED'],
  CONFIRMED: ['CANCELLING', 'FULFILLING'],
  CANCELLING: ['CANCELLED'],
  FULFILLING: ['FULFILLED'],
  CANCELLED: [],
  FULFILLED: [],
};

export const isStatus = (text: unknown): text is Status =>
  typeof text === 'string' && Object.hasOwn(NEXT_STATUSES, text);

/** Whether an order with the first status can have the second one later. */
export const canBecome = (from: Status, to: Status): boolean =>
  from === to || NEXT_STATUSES[from].some((next) => canBecome(next, to));

/** Whether the system still has work to do for an order. */
export const isUnfinished = (status: Status): boolean =>
  status === 'PENDING' || status === 'CANCELLING' || status === 'FULFILLING';
