import { canBecome, isStatus, isUnfinished, type Status } from './order-states';
import { type Line, Placement, type ObservedStatus } from './placement';
import { Violations } from './violations';

export type Operation = 'place' | 'reuse' | 'cancel' | 'fulfill' | 'reduce' | 'read';

/** The checked part of an answer of Orders. */
export interface Answer {
  readonly operation: Operation;
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
  readonly httpStatus: number;
  readonly reason?: string;
  readonly orderId?: string;
  /** Of the order, or of the conflict. */
  readonly status?: string;
  /** Whether a present or recent fault allows an error. */
  readonly isErrorExpected: boolean;
}

/** Errors that a fault may cause. Any other error is a violation. */
const REASONS_OF_FAULTS = new Set(['OVERLOADED', 'DATABASE_UNAVAILABLE', 'SHUTTING_DOWN']);

/** The order statuses that each answer may have, by operation and HTTP status with reason; '' for none. */
const STATUSES_BY_ANSWER: Readonly<
  Record<Operation, Readonly<Record<string, readonly (Status | '')[]>>>
> = {
  place: {
    // A retry under the same key returns the present status.
    '201': ['CONFIRMED', 'REDUCING', 'CANCELLING', 'CANCELLED', 'FULFILLING', 'FULFILLED'],
    '202': ['PENDING', 'CANCELLING'],
    '409 INSUFFICIENT_STOCK': [''],
    '409 ORDER_CANCELLED': [''],
  },
  reuse: { '422 IDEMPOTENCY_KEY_REUSED': [''] },
  cancel: {
    '200': ['CANCELLED'],
    '202': ['CANCELLING'],
    '409 ORDER_STATE_CONFLICT': ['FULFILLING', 'FULFILLED'],
  },
  fulfill: {
    '200': ['FULFILLED'],
    '202': ['FULFILLING'],
    '409 ORDER_STATE_CONFLICT': ['PENDING', 'REDUCING', 'CANCELLING', 'CANCELLED'],
    '409 ORDER_CANCELLED': [''],
  },
  reduce: {
    '200': ['CONFIRMED'],
    '202': ['REDUCING'],
    '409 ORDER_STATE_CONFLICT': ['PENDING', 'CANCELLING', 'CANCELLED', 'FULFILLING', 'FULFILLED'],
  },
  read: {
    '200': [
      'PENDING',
      'CONFIRMED',
      'REDUCING',
      'CANCELLING',
      'CANCELLED',
      'FULFILLING',
      'FULFILLED',
    ],
  },
};

/** Records all answers and reports those that contradict each other. */
export class ClientRecord {
  readonly placements: Placement[] = [];
  readonly answers = new Map<string, number>();
  /** The number of unanswered requests of each placement that has any. */
  readonly requests = new Map<Placement, number>();
  /** Placements whose last known status is unfinished. */
  readonly unfinished = new Set<Placement>();
  inFlightSum = 0;
  inFlightDistinct = 0;
  /** Shared status lists of compacted placements. */
  private readonly histories = new Map<string, readonly ObservedStatus[]>();

  constructor(readonly violations = new Violations()) {}

  place(userId: string, lines: readonly Line[], hasKey: boolean): Placement {
    const placement = new Placement(this.placements.length, userId, lines, hasKey);
    this.placements.push(placement);
    return placement;
  }

  sent(placement: Placement, operation: Operation): void {
    if (operation === 'cancel') placement.cancelRequested = true;
    if (operation === 'fulfill') placement.fulfillRequested = true;
    if (operation === 'reduce') placement.reduceRequested = true;
    this.requests.set(placement, (this.requests.get(placement) ?? 0) + 1);
  }

  unanswered(placement: Placement, operation: Operation, why: string): void {
    this.count(`${operation} without an answer (${why})`);
    this.completed(placement);
  }

  answered(placement: Placement, answer: Answer): void {
    const { operation, httpStatus, reason } = answer;
    const name = reason ? `${httpStatus} ${reason}` : String(httpStatus);
    this.count(`${operation} ${name}`);
    this.completed(placement);
    const expected = STATUSES_BY_ANSWER[operation][name];
    if (!expected) {
      this.checkError(placement, answer, name);
      return;
    }
    if (operation === 'reuse') return;
    this.identify(placement, answer.orderId);
    placement.wasAccepted ||= operation === 'place' && httpStatus === 201;
    placement.wasRejected ||= reason === 'INSUFFICIENT_STOCK';
    const status = expected.includes('') ? 'CANCELLED' : answer.status;
    if (!isStatus(status) || (!expected.includes('') && !expected.includes(status))) {
      this.violations.add('other', `${operation} ${name} has the status ${status}`, placement);
      return;
    }
    this.observe(placement, status, answer);
  }

  /** Saves memory: no request about it follows, so the times of its statuses no longer matter. */
  compact(placement: Placement): void {
    const statuses = placement.observed.map(({ status }) => status).join();
    const kept = this.histories.get(statuses);
    if (kept) placement.observed = kept;
    else {
      placement.observed = placement.observed.map(({ status }) => ({ status, atMs: 0 }));
      this.histories.set(statuses, placement.observed);
    }
  }

  /** Marks all orders in flight at this fault and returns their number. */
  markInFlight(fault: string): number {
    const inFlight = new Set([...this.requests.keys(), ...this.unfinished]);
    for (const placement of inFlight) {
      if (placement.inFlightAt === undefined) this.inFlightDistinct += 1;
      placement.inFlightAt ??= fault;
    }
    this.inFlightSum += inFlight.size;
    return inFlight.size;
  }

  private count(what: string): void {
    this.answers.set(what, (this.answers.get(what) ?? 0) + 1);
  }

  private completed(placement: Placement): void {
    const left = (this.requests.get(placement) ?? 0) - 1;
    if (left > 0) this.requests.set(placement, left);
    else this.requests.delete(placement);
  }

  private checkError(placement: Placement, answer: Answer, name: string): void {
    const { operation, httpStatus, reason = '', isErrorExpected } = answer;
    if (reason === 'ROUTE_NOT_FOUND') return;
    if (reason === 'ORDER_NOT_FOUND') {
      this.violations.add('lost', `${operation} found no such order`, placement);
    } else if (httpStatus !== 503 || !REASONS_OF_FAULTS.has(reason)) {
      this.violations.add('other', `${operation} was answered ${name}`, placement);
    } else if (!isErrorExpected) {
      const message = `${operation} was answered ${name} without a fault`;
      this.violations.add('other', message, placement);
    }
  }

  private identify(placement: Placement, orderId: string | undefined): void {
    if (orderId === undefined) {
      this.violations.add('other', 'an answer has no order id', placement);
      return;
    }
    placement.orderId ??= orderId;
    if (placement.orderId === orderId) return;
    this.violations.add('duplicated', `another answer says order ${orderId}`, placement);
  }

  /** The answer must agree with each status that was observed before its request was sent. */
  private observe(placement: Placement, status: Status, { sentAtMs, answeredAtMs }: Answer): void {
    for (const before of placement.observed) {
      if (before.atMs > sentAtMs || canBecome(before.status, status)) continue;
      this.violations.add('other', `it went from ${before.status} to ${status}`, placement);
    }
    const known = placement.observed.find((before) => before.status === status);
    const others = placement.observed.filter((before) => before !== known);
    // The first time counts. An order may be CONFIRMED and REDUCING in turn: the last one comes last.
    placement.observed = [...others, known ?? { status, atMs: answeredAtMs }];
    if (isKnownUnfinished(placement)) this.unfinished.add(placement);
    else this.unfinished.delete(placement);
  }
}

/** Uses the most advanced observed status: answers may overtake each other. */
const isKnownUnfinished = ({ observed }: Placement): boolean => {
  const furthest = observed.findLast(({ status }) =>
    observed.every((other) => canBecome(other.status, status)),
  );
  return furthest !== undefined && isUnfinished(furthest.status);
};
