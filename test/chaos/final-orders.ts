import { isStatus, isUnfinished, leadsTo, type Status } from './life';
import { type Line, linesInWords, numberInNote, type Placement } from './placement';
import type { ClientRecord } from './record';

/** An order as the database has it at the end. */
export interface FinalOrder {
  readonly id: string;
  readonly userId: string;
  readonly note: string | null;
  readonly key: string | null;
  readonly status: string;
  readonly cancelReason: string | null;
  readonly isParked: boolean;
  readonly lines: readonly Line[];
}

/** Cancelled by the system itself; every other reason takes a customer who asked for it. */
const OWN_REASONS: readonly (string | null)[] = ['INSUFFICIENT_STOCK', 'ACCEPT_BY_PASSED'];

/** Compares an order with what its customer asked for, and was told. */
export const judgeFinalOrder = (record: ClientRecord, order: FinalOrder): void => {
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
    violations.add('duplicated', `order ${id} is there for the same request`, placement);
    return;
  }
  [placement.isFound, placement.orderId] = [true, id];
  judgeContents(record, placement, order);
  if (!isStatus(status)) violations.add('other', `its status is ${status}`, placement);
  else judgeStatus(record, placement, order, status);
};

/** To be called when every order of the database has been judged. */
export const judgeMissingOrders = ({ placements, violations }: ClientRecord): void => {
  for (const placement of placements) {
    if (placement.orderId === undefined || placement.isFound) continue;
    violations.add('lost', 'it is not in the database', placement);
  }
};

const judgeContents = (
  { violations }: ClientRecord,
  placement: Placement,
  { userId, key, lines }: FinalOrder,
): void => {
  const differs = (what: string, expected: string, found: string): void => {
    if (expected === found) return;
    violations.add('other', `${what} is ${found}, and was placed as ${expected}`, placement);
  };
  differs('its user', placement.userId, userId);
  differs('its key', placement.hasKey ? placement.key : 'none', key ?? 'none');
  differs('what it is for', linesInWords(placement.lines), linesInWords(lines));
};

const judgeStatus = (
  { violations }: ClientRecord,
  placement: Placement,
  { cancelReason, isParked }: FinalOrder,
  status: Status,
): void => {
  const { told, wasPlaced, wasShort, askedToCancel, askedToFulfill } = placement;
  const wasPromised = wasPlaced || told.some((one) => one.status === 'CONFIRMED');
  if (isUnfinished(status) || isParked) {
    const words = `it is still ${status}${isParked ? ', and parked' : ''}`;
    violations.add('left undecided', words, placement);
  }
  for (const { status: before } of told) {
    if (leadsTo(before, status)) continue;
    violations.add('other', `it went from ${before} to ${status}`, placement);
  }
  if (wasShort && cancelReason !== 'INSUFFICIENT_STOCK') {
    const words = `it was refused for want of stock, and is ${status} (${cancelReason})`;
    violations.add('other', words, placement);
  }
  if (status === 'CANCELLED' && !askedToCancel) {
    if (wasPromised) violations.add('lost', `nobody cancelled it (${cancelReason})`, placement);
    else if (!OWN_REASONS.includes(cancelReason)) {
      violations.add('other', `it is CANCELLED for ${cancelReason} by nobody`, placement);
    }
  }
  if (status === 'FULFILLED' && !askedToFulfill) {
    violations.add('other', 'it is FULFILLED, and nobody asked for that', placement);
  }
};
