import { canBecome, isStatus, isUnfinished, type Status } from './order-states';
import { type Line, formatLines, numberInNote, type Placement } from './placement';
import type { ClientRecord } from './record';

/** An order as the database has it after the run. */
export interface FinalOrder {
  readonly id: string;
  readonly userId: string;
  readonly note: string | null;
  readonly key: string | null;
  readonly status: string;
  readonly cancelReason: string | null;
  readonly isParked: boolean;
  /** As they were sent. */
  readonly lines: readonly Line[];
  readonly isReduced: boolean;
  /** What is left of them. */
  readonly leftLines: readonly Line[];
}

/** Reasons of the system. Every other reason needs a cancel request of the customer. */
const SYSTEM_REASONS: readonly (string | null)[] = ['INSUFFICIENT_STOCK', 'ACCEPT_BY_PASSED'];

/** Compares an order with the requests and answers of its customer. */
export const checkFinalOrder = (record: ClientRecord, order: FinalOrder): void => {
  const { violations, placements } = record;
  const { id, note, status } = order;
  const number = numberInNote(note);
  const placement = number === undefined ? undefined : placements[number];
  if (!placement) {
    violations.add('other', `order ${id} (${note}) was never placed`);
    return;
  }
  const { orderId = id, isFound } = placement;
  if (isFound || orderId !== id) {
    violations.add('duplicated', `order ${id} exists for the same request`, placement);
    return;
  }
  [placement.isFound, placement.orderId] = [true, id];
  checkContents(record, placement, order);
  if (!isStatus(status)) violations.add('other', `its status is ${status}`, placement);
  else checkStatus(record, placement, order, status);
};

/** Finds acknowledged orders that the database lacks. Call it after all final orders are checked. */
export const checkMissingOrders = ({ placements, violations }: ClientRecord): void => {
  for (const placement of placements) {
    if (placement.orderId === undefined || placement.isFound) continue;
    violations.add('lost', 'it is not in the database', placement);
  }
};

const checkContents = (
  { violations }: ClientRecord,
  placement: Placement,
  { userId, key, lines, leftLines, isReduced }: FinalOrder,
): void => {
  const differs = (what: string, expected: string, found: string): void => {
    if (expected === found) return;
    violations.add('other', `its ${what}: found ${found}, placed ${expected}`, placement);
  };
  differs('user', placement.userId, userId);
  differs('key', placement.hasKey ? placement.key : 'none', key ?? 'none');
  differs('lines', formatLines(placement.lines), formatLines(lines));
  if (!isReduced) return;
  differs('lines that are left', formatLines(placement.reducedLines), formatLines(leftLines));
  if (!placement.reduceRequested) {
    violations.add('other', 'it was reduced without a request', placement);
  }
};

const checkStatus = (
  { violations }: ClientRecord,
  placement: Placement,
  { cancelReason, isParked }: FinalOrder,
  status: Status,
): void => {
  const { observed, wasAccepted, wasRejected, cancelRequested, fulfillRequested } = placement;
  const isPromised = wasAccepted || observed.some((each) => each.status === 'CONFIRMED');
  if (isUnfinished(status) || isParked) {
    const message = `it is still ${status}${isParked ? ', and parked' : ''}`;
    violations.add('left undecided', message, placement);
  }
  for (const { status: before } of observed) {
    if (canBecome(before, status)) continue;
    violations.add('other', `it went from ${before} to ${status}`, placement);
  }
  if (wasRejected && cancelReason !== 'INSUFFICIENT_STOCK') {
    const message = `it was rejected for want of stock, and is ${status} (${cancelReason})`;
    violations.add('other', message, placement);
  }
  if (status === 'CANCELLED' && !cancelRequested) {
    if (isPromised) {
      violations.add('lost', `it is CANCELLED without a request (${cancelReason})`, placement);
    } else if (!SYSTEM_REASONS.includes(cancelReason)) {
      violations.add('other', `it is CANCELLED for ${cancelReason} without a request`, placement);
    }
  }
  if (status === 'FULFILLED' && !fulfillRequested) {
    violations.add('other', 'it is FULFILLED without a request', placement);
  }
};
