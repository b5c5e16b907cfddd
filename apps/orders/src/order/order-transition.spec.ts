import type { ReservationOutcome, OrderStatus } from './lifecycle';
import { isUnfinished, newOrder, type Order, pendingOrder, type UnfinishedOrder } from './order';
import { decided, type Reply, SKIPPED } from './reply';
import {
  applyTransition,
  requestedTransition,
  retryTransition,
  retryDelayMs,
  type OrderTransition,
  transitionFor,
} from './order-transition';

const SETTINGS = { parkAfterRefusals: 3, graceMs: 700 };
const ATTEMPT = { actor: 'CUSTOMER', durationMs: 12 } as const;

const order = (status: OrderStatus, rest: Partial<Order> = {}): UnfinishedOrder => {
  const request = { userId: 'u', note: null, idempotencyKey: null, items: [] };
  const result: Order = { ...pendingOrder(newOrder(request), new Date(0)), ...rest, status };
  if (!isUnfinished(result)) throw new Error(`${status} is not an unfinished status`);
  return result;
};

const cancelling = (rest: Partial<Order> = {}) =>
  order('CANCELLING', { cancelReason: 'REQUESTED', ...rest });

const transition = (from: UnfinishedOrder, reply: Reply): OrderTransition | undefined =>
  transitionFor(from, reply, ATTEMPT, SETTINGS);

const shortages = [{ sku: 'burger', requested: 4, available: 3, reason: 'NOT_ENOUGH' as const }];

describe('a decided reply', () => {
  it('HELD confirms the order, which is not due again', () => {
    expect(transition(order('PENDING', { attempts: 2 }), decided('HELD'))).toMatchObject({
      ...{ from: 'PENDING', to: 'CONFIRMED', event: 'CONFIRMED', cancelReason: null },
      ...{ dueInMs: null, attempt: 3, durationMs: 12, actor: 'CUSTOMER', reason: 'HELD' },
    });
  });

  it('REJECTED cancels the order with every shortage', () => {
    expect(transition(order('PENDING'), decided('REJECTED', shortages))).toMatchObject({
      ...{ to: 'CANCELLED', cancelReason: 'INSUFFICIENT_STOCK', shortages, dueInMs: null },
    });
  });

  it.each<[ReservationOutcome, string]>([
    ['RELEASED', 'RESERVATION_RELEASED'],
    ['EXPIRED', 'RESERVATION_RELEASED'],
    ['RESERVATION_ID_TOO_OLD', 'RESERVATION_RELEASED'],
    ['RESERVATION_MISMATCH', 'RESERVATION_MISMATCH'],
  ])('%s cancels the order, because it can never become HELD', (what, cancelReason) => {
    expect(transition(order('PENDING'), decided(what))).toMatchObject({
      to: 'CANCELLED',
      cancelReason,
    });
  });

  it('RELEASED finishes a cancel with its original reason', () => {
    expect(transition(cancelling(), decided('RELEASED'))).toMatchObject({
      ...{ to: 'CANCELLED', cancelReason: 'REQUESTED', reason: 'REQUESTED' },
    });
  });

  it('COMMITTED fulfills an order that is being cancelled', () => {
    expect(transition(cancelling(), decided('COMMITTED'))).toMatchObject({
      ...{ to: 'FULFILLED', cancelReason: null, reason: 'COMMITTED' },
    });
  });

  it('INSUFFICIENT_STOCK counts as a rejection of a commit', () => {
    expect(transition(order('FULFILLING'), decided('INSUFFICIENT_STOCK'))).toMatchObject({
      ...{ to: 'FULFILLING', event: 'REFUSED', reason: 'INSUFFICIENT_STOCK', refusals: 1 },
    });
  });

  it('with an outcome that the call cannot have counts as a rejection', () => {
    expect(transition(order('PENDING'), decided('RESERVATION_NOT_FOUND'))).toMatchObject({
      ...{ to: 'PENDING', event: 'REFUSED' },
    });
  });
});

it('a missing response makes the order due after the backoff, and never parks it', () => {
  const noResponse: Reply = { kind: 'noResponse', reason: 'UNAVAILABLE' };
  const retried = transition(cancelling({ attempts: 50, refusals: 2 }), noResponse);
  expect(retried).toMatchObject({
    ...{ to: 'CANCELLING', event: 'NO_ANSWER', cancelReason: 'REQUESTED' },
    ...{ attempts: 51, refusals: 2, attempt: 51, reason: 'UNAVAILABLE' },
  });
  expect(retried?.dueInMs).toBeGreaterThanOrEqual(5_000);
  expect(retried?.dueInMs).toBeLessThanOrEqual(10_000);
});

it('a rejection is counted, and the last allowed one parks the order', () => {
  const rejection: Reply = { kind: 'rejected', reason: 'INTERNAL' };
  expect(transition(order('FULFILLING', { refusals: 1 }), rejection)).toMatchObject({
    ...{ event: 'REFUSED', refusals: 2, dueInMs: expect.any(Number) as number },
  });
  expect(transition(order('FULFILLING', { refusals: 2 }), rejection)).toMatchObject({
    ...{ event: 'PARKED', to: 'FULFILLING', refusals: 3, dueInMs: null },
  });
});

it('a failed attempt leaves a parked order parked since the same time; a retry unparks it', () => {
  const [parkedAt, now] = [new Date(1_000), new Date(2_000)];
  const parked = order('FULFILLING', { refusals: 3, parkedAt });
  const noResponse: Reply = { kind: 'noResponse', reason: 'UNAVAILABLE' };
  for (const reply of [noResponse, decided('INSUFFICIENT_STOCK')]) {
    const failed = transition(parked, reply);
    expect(failed && applyTransition(parked, failed, now)).toMatchObject({
      parkedAt,
      updatedAt: now,
    });
  }
  expect(
    applyTransition(parked, retryTransition(parked, 'CUSTOMER', SETTINGS), now).parkedAt,
  ).toBeNull();
  const first = transition(order('FULFILLING', { refusals: 2 }), decided('INSUFFICIENT_STOCK'));
  expect(first && applyTransition(parked, first, now).parkedAt).toEqual(parkedAt);
  expect(first && applyTransition(order('FULFILLING'), first, now).parkedAt).toEqual(now);
});

it('a skipped call is no attempt', () => {
  expect(transition(order('PENDING'), SKIPPED)).toBeUndefined();
});

it('the cancel reason depends on the actor: a request, or the accept-by time', () => {
  const to = 'CANCELLING';
  expect(requestedTransition(order('PENDING'), to, 'CUSTOMER', SETTINGS).cancelReason).toBe(
    'REQUESTED',
  );
  expect(requestedTransition(order('PENDING'), to, 'SYSTEM', SETTINGS)).toMatchObject({
    ...{ from: 'PENDING', to, cancelReason: 'ACCEPT_BY_PASSED', dueInMs: 700 },
  });
});

it('a retry resets the counters', () => {
  expect(
    retryTransition(cancelling({ attempts: 9, refusals: 3 }), 'CUSTOMER', SETTINGS),
  ).toMatchObject({
    ...{ to: 'CANCELLING', event: 'RETRIED', attempts: 0, refusals: 0, cancelReason: 'REQUESTED' },
  });
});

it('the backoff is 100 ms, doubling up to 10 s', () => {
  expect([0, 1, 2, 6, 7, 1_000].map(retryDelayMs)).toEqual([100, 200, 400, 6_400, 10_000, 10_000]);
});
