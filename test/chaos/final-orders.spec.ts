import { type FinalOrder, judgeFinalOrder, judgeMissingOrders } from './final-orders';
import type { Status } from './life';
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
};

/** What is wrong with an order like ORDER, for somebody who was told this. */
const judged = (
  order: Partial<FinalOrder>,
  known: Partial<Placement> & { statuses?: readonly Status[] } = {},
): string[] => {
  const { statuses = [], ...facts } = known;
  const record = new ClientRecord();
  const placement = record.place('u-1', LINES, true);
  Object.assign(placement, facts, { told: statuses.map((status) => ({ status, atMs: 0 })) });
  judgeFinalOrder(record, { ...ORDER, ...order });
  judgeMissingOrders(record);
  return record.violations.first.map(({ kind, words }) => `${kind}: ${words}`);
};

describe('an order that is as its customer was told', () => {
  it.each<[string, Partial<FinalOrder>, Parameters<typeof judged>[1]]>([
    ['confirmed', {}, { wasPlaced: true, statuses: ['PENDING', 'CONFIRMED'] }],
    ['placed, though nobody heard of it', {}, {}],
    [
      'refused',
      { status: 'CANCELLED', cancelReason: 'INSUFFICIENT_STOCK' },
      { wasShort: true, statuses: ['CANCELLED'] },
    ],
    ['overdue', { status: 'CANCELLED', cancelReason: 'ACCEPT_BY_PASSED' }, {}],
    [
      'cancelled',
      { status: 'CANCELLED', cancelReason: 'REQUESTED' },
      { wasPlaced: true, askedToCancel: true, statuses: ['CONFIRMED', 'CANCELLING'] },
    ],
    ['fulfilled', { status: 'FULFILLED' }, { askedToFulfill: true, statuses: ['FULFILLING'] }],
  ])('%s', (_, order, known) => {
    expect(judged(order, known)).toEqual([]);
  });
});

describe('an order that is not', () => {
  it.each<[string, Partial<FinalOrder>, Parameters<typeof judged>[1], string]>([
    ['left undecided', { status: 'PENDING' }, {}, 'left undecided: it is still PENDING'],
    [
      'parked',
      { status: 'FULFILLING', isParked: true },
      { askedToFulfill: true },
      'left undecided: it is still FULFILLING, and parked',
    ],
    [
      'no longer cancelled',
      {},
      { statuses: ['CANCELLED'], askedToCancel: true },
      'other: it went from CANCELLED to CONFIRMED',
    ],
    [
      'cancelled by nobody after a 201',
      { status: 'CANCELLED', cancelReason: 'ACCEPT_BY_PASSED' },
      { wasPlaced: true },
      'lost: nobody cancelled it (ACCEPT_BY_PASSED)',
    ],
    [
      'cancelled by nobody after it was seen to be CONFIRMED',
      { status: 'CANCELLED', cancelReason: 'ACCEPT_BY_PASSED' },
      { statuses: ['PENDING', 'CONFIRMED'] },
      'lost: nobody cancelled it (ACCEPT_BY_PASSED)',
    ],
    [
      'cancelled for a reason that somebody must have had',
      { status: 'CANCELLED', cancelReason: 'REQUESTED' },
      {},
      'other: it is CANCELLED for REQUESTED by nobody',
    ],
    [
      'placed after it was refused',
      {},
      { wasShort: true },
      'other: it was refused for want of stock, and is CONFIRMED (null)',
    ],
    [
      'fulfilled by nobody',
      { status: 'FULFILLED' },
      {},
      'other: it is FULFILLED, and nobody asked for that',
    ],
    ["somebody else's", { userId: 'u-2' }, {}, 'other: its user is u-2, and was placed as u-1'],
    ['under another key', { key: null }, {}, 'other: its key is none, and was placed as key-0'],
    [
      'for something else',
      { lines: [{ sku: 'burger', quantity: 2 }] },
      {},
      'other: what it is for is 2 burger, and was placed as 1 pizza, 2 burger',
    ],
    ['unknown', { note: 'placement 7' }, {}, 'other: order o-1 (placement 7) was never placed'],
    ['not one that we know', { status: 'EATEN' }, {}, 'other: its status is EATEN'],
  ])('%s', (_, order, known, words) => {
    expect(judged(order, known)).toEqual([words]);
  });

  it('there', () => {
    const record = new ClientRecord();
    Object.assign(record.place('u-1', LINES, true), { orderId: 'o-1' });
    judgeMissingOrders(record);
    expect(record.violations.first.map(({ kind }) => kind)).toEqual(['lost']);
  });

  it('the only one for its request', () => {
    const record = new ClientRecord();
    record.place('u-1', LINES, true);
    judgeFinalOrder(record, ORDER);
    judgeFinalOrder(record, { ...ORDER, id: 'o-2' });
    expect(record.violations.first.map(({ kind }) => kind)).toEqual(['duplicated']);
  });

  it('the one that its customer was told of', () => {
    expect(judged({ id: 'o-2' }, { orderId: 'o-1' })).toEqual([
      'duplicated: order o-2 is there for the same request',
      'lost: it is not in the database',
    ]);
  });
});
