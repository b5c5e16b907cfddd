import { isStatus, isUnfinished, leadsTo, type Status } from './life';
import { type Line, Placement, type Told } from './placement';
import { Violations } from './violations';

export type Operation = 'place' | 'reuse' | 'cancel' | 'fulfill' | 'look';

/** An answer of Orders, as far as it is checked. */
export interface Answer {
  readonly operation: Operation;
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
  readonly httpStatus: number;
  readonly reason?: string;
  readonly orderId?: string;
  /** Of the order: as it is told, or as a conflict names it. */
  readonly status?: string;
  /** What happens to the system makes up for it: a database or the process is gone. */
  readonly isExcused: boolean;
}

/** Errors that a system may give while a part of it is gone. Anything else is a fault of its own. */
const EXCUSABLE = new Set(['OVERLOADED', 'DATABASE_UNAVAILABLE', 'SHUTTING_DOWN']);

/** What an answer says of the order, by operation, HTTP status and reason; '' where it says none. */
const SAYS: Readonly<Record<Operation, Readonly<Record<string, readonly (Status | '')[]>>>> = {
  place: {
    // Repeated under its key it is told as it stands by then.
    '201': ['CONFIRMED', 'CANCELLING', 'CANCELLED', 'FULFILLING', 'FULFILLED'],
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
    '409 ORDER_STATE_CONFLICT': ['PENDING', 'CANCELLING', 'CANCELLED'],
    '409 ORDER_CANCELLED': [''],
  },
  look: {
    '200': ['PENDING', 'CONFIRMED', 'CANCELLING', 'CANCELLED', 'FULFILLING', 'FULFILLED'],
  },
};

/** Everything that the client was told, and what of it cannot be true together. */
export class ClientRecord {
  readonly placements: Placement[] = [];
  readonly answers = new Map<string, number>();
  /** Placements with requests that are not answered yet, and how many. */
  readonly waiting = new Map<Placement, number>();
  /** Placements that the client knows to be unfinished. */
  readonly unfinished = new Set<Placement>();
  inFlightSum = 0;
  inFlightDistinct = 0;
  /** What was told of orders that nobody asks about any more; the same few lists for all of them. */
  private readonly stories = new Map<string, readonly Told[]>();

  constructor(readonly violations = new Violations()) {}

  place(userId: string, lines: readonly Line[], hasKey: boolean): Placement {
    const placement = new Placement(this.placements.length, userId, lines, hasKey);
    this.placements.push(placement);
    return placement;
  }

  sent(placement: Placement, operation: Operation): void {
    if (operation === 'cancel') placement.askedToCancel = true;
    if (operation === 'fulfill') placement.askedToFulfill = true;
    this.waiting.set(placement, (this.waiting.get(placement) ?? 0) + 1);
  }

  unanswered(placement: Placement, operation: Operation, why: string): void {
    this.count(`${operation} without an answer (${why})`);
    this.settled(placement);
  }

  answered(placement: Placement, answer: Answer): void {
    const { operation, httpStatus, reason } = answer;
    const name = reason ? `${httpStatus} ${reason}` : String(httpStatus);
    this.count(`${operation} ${name}`);
    this.settled(placement);
    const expected = SAYS[operation][name];
    if (!expected) {
      this.judgeError(placement, answer, name);
      return;
    }
    if (operation === 'reuse') return;
    this.identify(placement, answer.orderId);
    placement.wasPlaced ||= operation === 'place' && httpStatus === 201;
    placement.wasShort ||= reason === 'INSUFFICIENT_STOCK';
    const status = expected.includes('') ? 'CANCELLED' : answer.status;
    if (!isStatus(status) || (!expected.includes('') && !expected.includes(status))) {
      this.violations.add('other', `${operation} ${name} told it as ${status}`, placement);
      return;
    }
    this.tell(placement, status, answer);
  }

  /** Nobody asks about it any more, so when it was told what no longer matters. */
  letGo(placement: Placement): void {
    const story = placement.told.map(({ status }) => status).join();
    const kept = this.stories.get(story);
    if (kept) placement.told = kept;
    else {
      placement.told = placement.told.map(({ status }) => ({ status, atMs: 0 }));
      this.stories.set(story, placement.told);
    }
  }

  /** Gives how many orders are in flight while this fault happens. */
  markInFlight(fault: string): number {
    const inFlight = new Set([...this.waiting.keys(), ...this.unfinished]);
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

  private settled(placement: Placement): void {
    const left = (this.waiting.get(placement) ?? 0) - 1;
    if (left > 0) this.waiting.set(placement, left);
    else this.waiting.delete(placement);
  }

  private judgeError(placement: Placement, answer: Answer, name: string): void {
    const { operation, httpStatus, reason = '', isExcused } = answer;
    if (reason === 'ROUTE_NOT_FOUND') return;
    if (reason === 'ORDER_NOT_FOUND') {
      this.violations.add('lost', `${operation} found no such order`, placement);
    } else if (httpStatus !== 503 || !EXCUSABLE.has(reason)) {
      this.violations.add('other', `${operation} was answered ${name}`, placement);
    } else if (!isExcused) {
      const words = `${operation} was answered ${name} while nothing was wrong`;
      this.violations.add('other', words, placement);
    }
  }

  private identify(placement: Placement, orderId: string | undefined): void {
    if (orderId === undefined) {
      this.violations.add('other', 'an answer does not name its order', placement);
      return;
    }
    placement.orderId ??= orderId;
    if (placement.orderId === orderId) return;
    this.violations.add('duplicated', `it was told to be order ${orderId} as well`, placement);
  }

  /** Only what was known before the question was asked must agree with the answer. */
  private tell(placement: Placement, status: Status, { sentAtMs, answeredAtMs }: Answer): void {
    for (const before of placement.told) {
      if (before.atMs > sentAtMs || leadsTo(before.status, status)) continue;
      this.violations.add('other', `it went from ${before.status} to ${status}`, placement);
    }
    if (!placement.told.some((before) => before.status === status)) {
      placement.told = [...placement.told, { status, atMs: answeredAtMs }];
    }
    if (isKnownUnfinished(placement)) this.unfinished.add(placement);
    else this.unfinished.delete(placement);
  }
}

/** By the furthest that it was told to be: answers may overtake each other. */
const isKnownUnfinished = ({ told }: Placement): boolean => {
  const furthest = told.find(({ status }) => told.every((other) => leadsTo(other.status, status)));
  return furthest !== undefined && isUnfinished(furthest.status);
};
