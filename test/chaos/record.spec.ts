import type { Status } from './life';
import type { Placement } from './placement';
import { type Answer, ClientRecord, type Operation } from './record';

const LINES = [{ sku: 'burger', quantity: 2 }];

/** A client whose requests take a millisecond each, one after the other, unless it says otherwise. */
const client = () => {
  const record = new ClientRecord();
  const placement = record.place('u-1', LINES, true);
  let nowMs = 1;
  const hears = (operation: Operation, httpStatus: number, facts: Partial<Answer> = {}): void => {
    record.sent(placement, operation);
    const [sentAtMs, answeredAtMs] = [nowMs, nowMs + 1];
    nowMs += 2;
    record.answered(placement, {
      operation,
      httpStatus,
      orderId: 'o-1',
      sentAtMs,
      answeredAtMs,
      isExcused: false,
      ...facts,
    });
  };
  const kinds = () => record.violations.first.map(({ kind }) => kind);
  return { record, placement, hears, kinds };
};

const looksLike = (hears: ReturnType<typeof client>['hears'], ...statuses: Status[]): void => {
  for (const status of statuses) hears('look', 200, { status });
};

describe('what is in order', () => {
  it.each<[string, Status[]]>([
    ['confirmed and fulfilled', ['PENDING', 'CONFIRMED', 'FULFILLING', 'FULFILLED']],
    ['confirmed and cancelled', ['PENDING', 'CONFIRMED', 'CANCELLING', 'CANCELLED']],
    ['given up undecided', ['PENDING', 'CANCELLING', 'CANCELLED']],
    ['refused', ['PENDING', 'CANCELLED']],
    ['seen now and then', ['PENDING', 'FULFILLED', 'FULFILLED']],
  ])('an order that is %s', (_, statuses) => {
    const { hears, kinds } = client();
    looksLike(hears, ...statuses);
    expect(kinds()).toEqual([]);
  });

  it('an old answer that comes after a newer one', () => {
    const { hears, kinds } = client();
    hears('look', 200, { status: 'CONFIRMED', sentAtMs: 1, answeredAtMs: 5 });
    hears('look', 200, { status: 'PENDING', sentAtMs: 2, answeredAtMs: 9 });
    expect(kinds()).toEqual([]);
  });

  it('an error for which there is an excuse', () => {
    const { hears, kinds } = client();
    hears('place', 503, { reason: 'DATABASE_UNAVAILABLE', isExcused: true, orderId: undefined });
    expect(kinds()).toEqual([]);
  });

  it('a key that is refused for something else', () => {
    const { hears, kinds } = client();
    hears('place', 201, { status: 'CONFIRMED' });
    hears('reuse', 422, { reason: 'IDEMPOTENCY_KEY_REUSED', orderId: 'o-1' });
    expect(kinds()).toEqual([]);
  });
});

describe('what cannot be true together', () => {
  it.each<[Status, Status]>([
    ['CONFIRMED', 'PENDING'],
    ['CANCELLING', 'CONFIRMED'],
    ['FULFILLING', 'CANCELLED'],
    ['CANCELLED', 'CONFIRMED'],
    ['CANCELLED', 'PENDING'],
    ['FULFILLED', 'CANCELLING'],
  ])('%s, and then %s', (before, after) => {
    const { hears, record } = client();
    looksLike(hears, before, after);
    expect(record.violations.first.map(({ words }) => words)).toEqual([
      `it went from ${before} to ${after}`,
    ]);
  });

  it('also where nobody was interested for a while', () => {
    const { hears, record, placement, kinds } = client();
    looksLike(hears, 'CONFIRMED');
    record.letGo(placement);
    looksLike(hears, 'PENDING');
    expect(kinds()).toEqual(['other']);
  });

  it('two orders for one key', () => {
    const { hears, kinds } = client();
    hears('place', 201, { status: 'CONFIRMED', orderId: 'o-1' });
    hears('place', 201, { status: 'CONFIRMED', orderId: 'o-2' });
    expect(kinds()).toEqual(['duplicated']);
  });

  it('an order that was acknowledged and is not there', () => {
    const { hears, kinds } = client();
    hears('place', 202, { status: 'PENDING' });
    hears('look', 404, { reason: 'ORDER_NOT_FOUND' });
    expect(kinds()).toEqual(['lost']);
  });
});

describe('answers that must not be given', () => {
  it.each<[string, Operation, number, Partial<Answer>]>([
    ['an error of our own', 'place', 500, { reason: 'INTERNAL', isExcused: true }],
    ['an outage while all is well', 'place', 503, { reason: 'DATABASE_UNAVAILABLE' }],
    ['a 503 for an unknown reason', 'place', 503, { reason: 'NO_IDEA', isExcused: true }],
    ['a refusal of the same request', 'place', 422, { reason: 'IDEMPOTENCY_KEY_REUSED' }],
    ['the old order for a new request', 'reuse', 201, { status: 'CONFIRMED' }],
    ['201 for what is undecided', 'place', 201, { status: 'PENDING' }],
    ['202 for what is decided', 'place', 202, { status: 'CONFIRMED' }],
    ['a cancel that is done, of what is not', 'cancel', 200, { status: 'CANCELLING' }],
    [
      'a conflict with what allows it',
      'fulfill',
      409,
      { reason: 'ORDER_STATE_CONFLICT', status: 'CONFIRMED' },
    ],
    ['an order without a name', 'place', 201, { status: 'CONFIRMED', orderId: undefined }],
  ])('%s', (_, operation, httpStatus, facts) => {
    const { hears, kinds } = client();
    hears(operation, httpStatus, facts);
    expect(kinds()).toEqual(['other']);
  });
});

describe('orders in flight at a fault', () => {
  it('are those with a request that is not answered, and those known to be unfinished', () => {
    const { hears, record, placement } = client();
    const other: Placement = record.place('u-2', LINES, true);
    hears('place', 202, { status: 'PENDING' });
    record.sent(other, 'place');
    expect(record.markInFlight('a fault')).toBe(2);
    record.unanswered(other, 'place', 'timeout');
    looksLike(hears, 'CONFIRMED');
    expect(record.markInFlight('the next')).toBe(0);
    expect(placement.inFlightAt).toBe('a fault');
  });

  it('are summed over faults, and counted once each', () => {
    const { hears, record } = client();
    hears('place', 202, { status: 'PENDING' });
    record.markInFlight('a fault');
    record.markInFlight('the next');
    expect([record.inFlightSum, record.inFlightDistinct]).toEqual([2, 1]);
  });
});
