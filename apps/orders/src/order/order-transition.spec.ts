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
const MADE = { actor: 'CUSTOMER', durationMs: 12 } as const;

const order = (status: OrderStatus, rest: Partial<Order> = {}): UnfinishedOrder => {
  const wanted = { userId: 'u', note: null, idempotencyKey: null, items: [] };
  const made: Order = { ...pendingOrder(newOrder(wanted), new Date(0)), ...rest, status };
  if (!isUnfinished(made)) throw new Error(`${status} is no unfinished status`);
  return made;
};

const cancelling = (rest: Partial<Order> = {}) =>
  order('CANCELLING', { cancelReason: 'REQUESTED', ...rest });

const transition = (from: UnfinishedOrder, reply: Reply): OrderTransition | undefined =>
  transitionFor(from, reply, MADE, SETTINGS);

const shortages = [{ sku: 'burger', requested: 4, available: 3, reason: 'NOT_ENOUGH' as const }];

describe('an answer', () => {
  it('that units are held confirms an order, and leaves nothing to do', () => {
    expect(transition(order('PENDING', { attempts: 2 }), decided('HELD'))).toMatchObject({
      ...{ from: 'PENDING', to: 'CONFIRMED', event: 'CONFIRMED', cancelReason: null },
      ...{ dueInMs: null, attempt: 3, durationMs: 12, actor: 'CUSTOMER', reason: 'HELD' },
    });
  });

  it('that they are not there cancels it, with every shortage', () => {
    expect(transition(order('PENDING'), decided('REJECTED', shortages))).toMatchObject({
      ...{ to: 'CANCELLED', cancelReason: 'INSUFFICIENT_STOCK', shortages, dueInMs: null },
    });
  });

  it.each<[ReservationOutcome, string]>([
    ['RELEASED', 'RESERVATION_RELEASED'],
    ['EXPIRED', 'RESERVATION_RELEASED'],
    ['RESERVATION_ID_TOO_OLD', 'RESERVATION_RELEASED'],
    ['RESERVATION_MISMATCH', 'RESERVATION_MISMATCH'],
  ])('%s can never become a hold: the order is cancelled', (what, cancelReason) => {
    expect(transition(order('PENDING'), decided(what))).toMatchObject({
      to: 'CANCELLED',
      cancelReason,
    });
  });

  it('to a release ends the cancel, for the reason that it began with', () => {
    expect(transition(cancelling(), decided('RELEASED'))).toMatchObject({
      ...{ to: 'CANCELLED', cancelReason: 'REQUESTED', reason: 'REQUESTED' },
    });
  });

  it('that the units have left already makes a cancelled order a fulfilled one', () => {
    expect(transition(cancelling(), decided('COMMITTED'))).toMatchObject({
      ...{ to: 'FULFILLED', cancelReason: null, reason: 'COMMITTED' },
    });
  });

  it('to a commit that units are missing decides nothing, and is a rejection', () => {
    expect(transition(order('FULFILLING'), decided('INSUFFICIENT_STOCK'))).toMatchObject({
      ...{ to: 'FULFILLING', event: 'REFUSED', reason: 'INSUFFICIENT_STOCK', refusals: 1 },
    });
  });

  it('that no call of this status can get is a rejection, and no move', () => {
    expect(transition(order('PENDING'), decided('RESERVATION_NOT_FOUND'))).toMatchObject({
      ...{ to: 'PENDING', event: 'REFUSED' },
    });
  });
});

it('no answer leaves the order as it is, due again after the backoff, and never parks it', () => {
  const noResponse: Reply = { kind: 'noResponse', reason: 'UNAVAILABLE' };
  const made = transition(cancelling({ attempts: 50, refusals: 2 }), noResponse);
  expect(made).toMatchObject({
    ...{ to: 'CANCELLING', event: 'NO_ANSWER', cancelReason: 'REQUESTED' },
    ...{ attempts: 51, refusals: 2, attempt: 51, reason: 'UNAVAILABLE' },
  });
  expect(made?.dueInMs).toBeGreaterThanOrEqual(5_000);
  expect(made?.dueInMs).toBeLessThanOrEqual(10_000);
});

it('a rejection counts, and the last that is allowed parks the order', () => {
  const rejection: Reply = { kind: 'rejected', reason: 'INTERNAL' };
  expect(transition(order('FULFILLING', { refusals: 1 }), rejection)).toMatchObject({
    ...{ event: 'REFUSED', refusals: 2, dueInMs: expect.any(Number) as number },
  });
  expect(transition(order('FULFILLING', { refusals: 2 }), rejection)).toMatchObject({
    ...{ event: 'PARKED', to: 'FULFILLING', refusals: 3, dueInMs: null },
  });
});

it('an attempt that leads nowhere leaves a parked order parked, since when it was; a retry does not', () => {
  const [parkedAt, now] = [new Date(1_000), new Date(2_000)];
  const parked = order('FULFILLING', { refusals: 3, parkedAt });
  const noResponse: Reply = { kind: 'noResponse', reason: 'UNAVAILABLE' };
  for (const reply of [noResponse, decided('INSUFFICIENT_STOCK')]) {
    const made = transition(parked, reply);
    expect(made && applyTransition(parked, made, now)).toMatchObject({ parkedAt, updatedAt: now });
  }
  expect(applyTransition(parked, retryTransition(parked, SETTINGS), now).parkedAt).toBeNull();
  const first = transition(order('FULFILLING', { refusals: 2 }), decided('INSUFFICIENT_STOCK'));
  expect(first && applyTransition(parked, first, now).parkedAt).toEqual(parkedAt);
  expect(first && applyTransition(order('FULFILLING'), first, now).parkedAt).toEqual(now);
});

it('a call that was not made is no attempt', () => {
  expect(transition(order('PENDING'), SKIPPED)).toBeUndefined();
});

it('who gives an order up is told by the reason; the reconciler does so by the clock', () => {
  const to = 'CANCELLING';
  expect(requestedTransition(order('PENDING'), to, 'CUSTOMER', SETTINGS).cancelReason).toBe(
    'REQUESTED',
  );
  expect(requestedTransition(order('PENDING'), to, 'SYSTEM', SETTINGS)).toMatchObject({
    ...{ from: 'PENDING', to, cancelReason: 'ACCEPT_BY_PASSED', dueInMs: 700 },
  });
});

it('a retry by hand begins to count anew', () => {
  expect(retryTransition(cancelling({ attempts: 9, refusals: 3 }), SETTINGS)).toMatchObject({
    ...{ to: 'CANCELLING', event: 'RETRIED', attempts: 0, refusals: 0, cancelReason: 'REQUESTED' },
  });
});

it('the backoff is 100 ms, doubling up to 10 s', () => {
  expect([0, 1, 2, 6, 7, 1_000].map(retryDelayMs)).toEqual([100, 200, 400, 6_400, 10_000, 10_000]);
});
