import type { Status } from './order-states';
import type { Placement } from './placement';
import { type Answer, ClientRecord, type Operation } from './record';

const LINES = [{ sku: 'burger', quantity: 2 }];

/** A client whose requests take a millisecond each, one after the other, unless overridden. */
const client = () => {
  const record = new ClientRecord();
  const placement = record.place('u-1', LINES, true);
  let nowMs = 1;
  const receives = (
    operation: Operation,
    httpStatus: number,
    fields: Partial<Answer> = {},
  ): void => {
    record.sent(placement, operation);
    const [sentAtMs, answeredAtMs] = [nowMs, nowMs + 1];
    nowMs += 2;
    record.answered(placement, {
      operation,
      httpStatus,
      orderId: 'o-1',
      sentAtMs,
      answeredAtMs,
      isErrorExpected: false,
      ...fields,
    });
  };
  const kinds = () => record.violations.first.map(({ kind }) => kind);
  return { record, placement, receives, kinds };
};

const readsStatuses = (
  receives: ReturnType<typeof client>['receives'],
  ...statuses: Status[]
): void => {
  for (const status of statuses) receives('read', 200, { status });
};

describe('accepts', () => {
  it.each<[string, Status[]]>([
    ['confirmed and fulfilled', ['PENDING', 'CONFIRMED', 'FULFILLING', 'FULFILLED']],
    ['confirmed and cancelled', ['PENDING', 'CONFIRMED', 'CANCELLING', 'CANCELLED']],
    [
      'reduced and fulfilled',
      ['CONFIRMED', 'REDUCING', 'CONFIRMED', 'REDUCING', 'CONFIRMED', 'FULFILLED'],
    ],
    ['cancelled while it is reduced', ['CONFIRMED', 'REDUCING', 'CANCELLING', 'CANCELLED']],
    ['cancelled while undecided', ['PENDING', 'CANCELLING', 'CANCELLED']],
    ['rejected', ['PENDING', 'CANCELLED']],
    ['read rarely', ['PENDING', 'FULFILLED', 'FULFILLED']],
  ])('an order that is %s', (_, statuses) => {
    const { receives, kinds } = client();
    readsStatuses(receives, ...statuses);
    expect(kinds()).toEqual([]);
  });

  it('an old answer that comes after a newer one', () => {
    const { receives, kinds } = client();
    receives('read', 200, { status: 'CONFIRMED', sentAtMs: 1, answeredAtMs: 5 });
    receives('read', 200, { status: 'PENDING', sentAtMs: 2, answeredAtMs: 9 });
    expect(kinds()).toEqual([]);
  });

  it('an error that a fault explains', () => {
    const { receives, kinds } = client();
    receives('place', 503, {
      reason: 'DATABASE_UNAVAILABLE',
      isErrorExpected: true,
      orderId: undefined,
    });
    expect(kinds()).toEqual([]);
  });

  it('the rejection of a reused key', () => {
    const { receives, kinds } = client();
    receives('place', 201, { status: 'CONFIRMED' });
    receives('reuse', 422, { reason: 'IDEMPOTENCY_KEY_REUSED', orderId: 'o-1' });
    expect(kinds()).toEqual([]);
  });
});

describe('reports contradictory answers:', () => {
  it.each<[Status, Status]>([
    ['CONFIRMED', 'PENDING'],
    ['CANCELLING', 'CONFIRMED'],
    ['REDUCING', 'PENDING'],
    ['FULFILLED', 'REDUCING'],
    ['FULFILLING', 'CANCELLED'],
    ['CANCELLED', 'CONFIRMED'],
    ['CANCELLED', 'PENDING'],
    ['FULFILLED', 'CANCELLING'],
  ])('%s, then %s', (before, after) => {
    const { receives, record } = client();
    readsStatuses(receives, before, after);
    expect(record.violations.first.map(({ message }) => message)).toEqual([
      `it went from ${before} to ${after}`,
    ]);
  });

  it('also after the placement was compacted', () => {
    const { receives, record, placement, kinds } = client();
    readsStatuses(receives, 'CONFIRMED');
    record.compact(placement);
    readsStatuses(receives, 'PENDING');
    expect(kinds()).toEqual(['other']);
  });

  it('two orders for one key', () => {
    const { receives, kinds } = client();
    receives('place', 201, { status: 'CONFIRMED', orderId: 'o-1' });
    receives('place', 201, { status: 'CONFIRMED', orderId: 'o-2' });
    expect(kinds()).toEqual(['duplicated']);
  });

  it('an acknowledged order that is not found', () => {
    const { receives, kinds } = client();
    receives('place', 202, { status: 'PENDING' });
    receives('read', 404, { reason: 'ORDER_NOT_FOUND' });
    expect(kinds()).toEqual(['lost']);
  });
});

describe('reports an answer that is never correct:', () => {
  it.each<[string, Operation, number, Partial<Answer>]>([
    ['an internal error', 'place', 500, { reason: 'INTERNAL', isErrorExpected: true }],
    ['an unavailable database without a fault', 'place', 503, { reason: 'DATABASE_UNAVAILABLE' }],
    ['a 503 for an unknown reason', 'place', 503, { reason: 'NO_IDEA', isErrorExpected: true }],
    [
      'IDEMPOTENCY_KEY_REUSED for the same request',
      'place',
      422,
      { reason: 'IDEMPOTENCY_KEY_REUSED' },
    ],
    ['the old order for another request', 'reuse', 201, { status: 'CONFIRMED' }],
    ['201 for an undecided order', 'place', 201, { status: 'PENDING' }],
    ['202 for a decided order', 'place', 202, { status: 'CONFIRMED' }],
    ['200 for an unfinished cancel', 'cancel', 200, { status: 'CANCELLING' }],
    [
      'a conflict with a status that allows the request',
      'fulfill',
      409,
      { reason: 'ORDER_STATE_CONFLICT', status: 'CONFIRMED' },
    ],
    ['an order without an id', 'place', 201, { status: 'CONFIRMED', orderId: undefined }],
  ])('%s', (_, operation, httpStatus, fields) => {
    const { receives, kinds } = client();
    receives(operation, httpStatus, fields);
    expect(kinds()).toEqual(['other']);
  });
});

describe('orders in flight at a fault', () => {
  it('have an unanswered request or a known unfinished status', () => {
    const { receives, record, placement } = client();
    const other: Placement = record.place('u-2', LINES, true);
    receives('place', 202, { status: 'PENDING' });
    record.sent(other, 'place');
    expect(record.markInFlight('a fault')).toBe(2);
    record.unanswered(other, 'place', 'timeout');
    readsStatuses(receives, 'CONFIRMED');
    expect(record.markInFlight('the next')).toBe(0);
    expect(placement.inFlightAt).toBe('a fault');
  });

  it('are not those that were reduced and are CONFIRMED again', () => {
    const { receives, record } = client();
    readsStatuses(receives, 'CONFIRMED', 'REDUCING');
    expect(record.unfinished.size).toBe(1);
    readsStatuses(receives, 'CONFIRMED');
    expect(record.unfinished.size).toBe(0);
    readsStatuses(receives, 'REDUCING');
    expect(record.unfinished.size).toBe(1);
  });

  it('are summed over faults, and distinct orders are counted once', () => {
    const { receives, record } = client();
    receives('place', 202, { status: 'PENDING' });
    record.markInFlight('a fault');
    record.markInFlight('the next');
    expect([record.inFlightSum, record.inFlightDistinct]).toEqual([2, 1]);
  });
});
