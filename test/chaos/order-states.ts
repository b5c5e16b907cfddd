import type { OrderStatus } from '../../apps/orders/src/order/lifecycle';

export type Status = OrderStatus;

/** The transitions that the API promises. A copy on purpose: it can contradict the app's own table. */
const NEXT_STATUSES: Readonly<Record<Status, readonly Status[]>> = {
  PENDING: ['CONFIRMED', 'CANCELLING', 'CANCELLED'],
  CONFIRMED: ['REDUCING', 'CANCELLING', 'FULFILLING'],
  REDUCING: ['CONFIRMED', 'CANCELLING'],
  CANCELLING: ['CANCELLED'],
  FULFILLING: ['FULFILLED'],
  CANCELLED: [],
  FULFILLED: [],
};

export const isStatus = (text: unknown): text is Status =>
  typeof text === 'string' && Object.hasOwn(NEXT_STATUSES, text);

/** All statuses that an order with this status can have later, and the status itself. */
const laterStatuses = (from: Status): ReadonlySet<Status> => {
  const found = new Set([from]);
  for (const status of found) for (const next of NEXT_STATUSES[status]) found.add(next);
  return found;
};

const LATER_STATUSES = new Map(
  (Object.keys(NEXT_STATUSES) as Status[]).map((status) => [status, laterStatuses(status)]),
);

/** Whether an order with the first status can have the second one later. */
export const canBecome = (from: Status, to: Status): boolean =>
  LATER_STATUSES.get(from)?.has(to) === true;

const UNFINISHED: readonly Status[] = ['PENDING', 'REDUCING', 'CANCELLING', 'FULFILLING'];

/** Whether the system still has work to do for an order. */
export const isUnfinished = (status: Status): boolean => UNFINISHED.includes(status);
