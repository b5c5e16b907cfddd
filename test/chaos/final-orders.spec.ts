import { checkFinalOrder, checkMissingOrders, type FinalOrder } from './final-orders';
import type { Status } from './order-states';
import type { Placement } from './placement';
import { ClientRecord } from './record';

const LINES = [
  { sku: 'burger', quantity: 2 },
  { sku: 'pizza', quantity: 1 },
];

const ORDER: FinalOrder = {
  id: 'o-1',
  userId: 'u-1',
  note: 'placement 0',
  key: 'key-0',
  status: 'CONFIRMED',
  cancelReason: null,
  isParked: false,
  lines: [...LINES].reverse(),
  isReduced: false,
  leftLines: LINES,
};

const REDUCED = { isReduced: true, leftLines: [{ sku: 'burger', quantity: 2 }] };

/** Returns the violations of an order like ORDER whose customer knows this. */
const violationsOf = (
  order: Partial<FinalOrder>,
  known: Partial<Placement> & { statuses?: readonly Status[] } = {},
): string[] => {
  const { statuses = [], ...fields } = known;
  const record = new ClientRecord();
  const placement = record.place('u-1', LINES, true);
  Object.assign(placement, fields, { observed: statuses.map((status) => ({ status, atMs: 0 })) });
  checkFinalOrder(record, { ...ORDER, ...order });
  checkMissingOrders(record);
  return record.violations.first.map(({ kind, message }) => `${kind}: ${message}`);
};

describe('an order that agrees with the answers to its customer', () => {
  it.each<[string, Partial<FinalOrder>, Parameters<typeof violationsOf>[1]]>([
    ['is confirmed', {}, { wasAccepted: true, statuses: ['PENDING', 'CONFIRMED'] }],
    ['is confirmed and its customer got no answer', {}, {}],
    [
      'is rejected',
      { status: 'CANCELLED', cancelReason: 'INSUFFICIENT_STOCK' },
      { wasRejected: true, statuses: ['CANCELLED'] },
    ],
    ['is overdue', { status: 'CANCELLED', cancelReason: 'ACCEPT_BY_PASSED' }, {}],
    [
      'is cancelled',
      { status: 'CANCELLED', cancelReason: 'REQUESTED' },
      { wasAccepted: true, cancelRequested: true, statuses: ['CONFIRMED', 'CANCELLING'] },
    ],
    ['is fulfilled', { status: 'FULFILLED' }, { fulfillRequested: true, statuses: ['FULFILLING'] }],
    ['is reduced', REDUCED, { reduceRequested: true, statuses: ['REDUCING', 'CONFIRMED'] }],
  ])('%s', (_, order, known) => {
    expect(violationsOf(order, known)).toEqual([]);
  });
});

describe('reports an order that', () => {
  it.each<[string, Partial<FinalOrder>, Parameters<typeof violationsOf>[1], string]>([
    ['is undecided', { status: 'PENDING' }, {}, 'left undecided: it is still PENDING'],
    [
      'is parked',
      { status: 'FULFILLING', isParked: true },
      { fulfillRequested: true },
      'left undecided: it is still FULFILLING, and parked',
    ],
    [
      'is no longer cancelled',
      {},
      { statuses: ['CANCELLED'], cancelRequested: true },
      'other: it went from CANCELLED to CONFIRMED',
    ],
    [
      'is cancelled without a request after a 201',
      { status: 'CANCELLED', cancelReason: 'ACCEPT_BY_PASSED' },
      { wasAccepted: true },
      'lost: it is CANCELLED without a request (ACCEPT_BY_PASSED)',
    ],
    [
      'is cancelled without a request after it was CONFIRMED',
      { status: 'CANCELLED', cancelReason: 'ACCEPT_BY_PASSED' },
      { statuses: ['PENDING', 'CONFIRMED'] },
      'lost: it is CANCELLED without a request (ACCEPT_BY_PASSED)',
    ],
    [
      'is cancelled for REQUESTED without a request',
      { status: 'CANCELLED', cancelReason: 'REQUESTED' },
      {},
      'other: it is CANCELLED for REQUESTED without a request',
    ],
    [
      'is confirmed after it was rejected',
      {},
      { wasRejected: true },
      'other: it was rejected for want of stock, and is CONFIRMED (null)',
    ],
    [
      'is fulfilled without a request',
      { status: 'FULFILLED' },
      {},
      'other: it is FULFILLED without a request',
    ],
    ['belongs to another user', { userId: 'u-2' }, {}, 'other: its user: found u-2, placed u-1'],
    ['has another key', { key: null }, {}, 'other: its key: found none, placed key-0'],
    [
      'has other lines',
      { lines: [{ sku: 'burger', quantity: 2 }] },
      {},
      'other: its lines: found 2 burger, placed 1 pizza, 2 burger',
    ],
    ['is reduced without a request', REDUCED, {}, 'other: it was reduced without a request'],
    [
      'is reduced to other lines',
      { ...REDUCED, leftLines: [{ sku: 'burger', quantity: 1 }] },
      { reduceRequested: true },
      'other: its lines that are left: found 1 burger, placed 2 burger',
    ],
    [
      'was never placed',
      { note: 'placement 7' },
      {},
      'other: order o-1 (placement 7) was never placed',
    ],
    ['has an unknown status', { status: 'EATEN' }, {}, 'other: its status is EATEN'],
  ])('%s', (_, order, known, message) => {
    expect(violationsOf(order, known)).toEqual([message]);
  });

  it('is missing', () => {
    const record = new ClientRecord();
    Object.assign(record.place('u-1', LINES, true), { orderId: 'o-1' });
    checkMissingOrders(record);
    expect(record.violations.first.map(({ kind }) => kind)).toEqual(['lost']);
  });

  it('is a second one for its request', () => {
    const record = new ClientRecord();
    record.place('u-1', LINES, true);
    checkFinalOrder(record, ORDER);
    checkFinalOrder(record, { ...ORDER, id: 'o-2' });
    expect(record.violations.first.map(({ kind }) => kind)).toEqual(['duplicated']);
  });

  it('has another id than the answers', () => {
    expect(violationsOf({ id: 'o-2' }, { orderId: 'o-1' })).toEqual([
      'duplicated: order o-2 exists for the same request',
      'lost: it is not in the database',
    ]);
  });
});
