import type { ReservationCommand } from '../../apps/inventory/src/reservation/decide';
import { type ExternalCall, idOf, line, type World } from './world';

/** A guest holds units for a time. */
const guestHolds = (name: string, sku: string, ttlMs: number): ExternalCall => ({
  description: `A guest holds ${name}: 1 ${sku} for ${ttlMs} tick.`,
  command: { kind: 'hold', id: idOf(name), lines: [line(sku)], ttlMs },
});

const externalCall = (client: string, name: string, command: ReservationCommand): ExternalCall => ({
  description: `${client} requests ${command.kind} of ${name}.`,
  command,
});

const guestKeeps = (units: number): ExternalCall => ({
  description: `The guest reduces D to ${units} pizza.`,
  command: { kind: 'reduce', id: idOf('D'), kept: [line('pizza', units)] },
});

/** Takes a unit at once, with another id. */
const BUYER = externalCall('A buyer', 'E', {
  kind: 'take',
  id: idOf('E'),
  lines: [line('pizza')],
  hasGeneratedId: false,
});

const QUIET = {
  reductions: {},
  requests: [],
  externalCalls: [],
  counts: [],
  lastTick: 0,
  retentionTicks: null,
  maxGroup: 1,
  byHand: false,
} as const;

const ALL_REQUESTS = ['cancel', 'fulfill', 'acceptBy'] as const;

/** Small worlds, each with a feature that the others lack. */
export const WORLDS = {
  oneOrder: {
    ...QUIET,
    name: 'one order that is cancelled, fulfilled, late and expired, while tombstones are deleted',
    states: 3_511,
    stock: { pizza: 2 },
    orders: { A: [line('pizza')] },
    requests: [...ALL_REQUESTS, 'expire'],
    lastTick: 3,
    retentionTicks: 1,
  },
  lastUnit: {
    ...QUIET,
    name: 'two orders for the last unit',
    states: 62_339,
    stock: { pizza: 1 },
    orders: { A: [line('pizza')], B: [line('pizza')] },
    requests: ALL_REQUESTS,
  },
  lastUnitInGroups: {
    ...QUIET,
    name: 'two orders for the last unit, decided in groups',
    states: 15_547,
    stock: { pizza: 1 },
    orders: { A: [line('pizza')], B: [line('pizza')] },
    requests: ['cancel', 'fulfill'],
    maxGroup: 2,
  },
  threeOrders: {
    ...QUIET,
    name: 'three orders for two units',
    states: 762,
    stock: { pizza: 2 },
    orders: { A: [line('pizza')], B: [line('pizza')], C: [line('pizza')] },
  },
  baskets: {
    ...QUIET,
    name: 'a basket of two SKUs, and an order for one of them',
    states: 15_547,
    stock: { burger: 1, pizza: 1 },
    orders: { A: [line('pizza'), line('burger')], B: [line('pizza')] },
    requests: ['cancel', 'fulfill'],
  },
  guest: {
    ...QUIET,
    name: 'an order beside a guest whose hold expires',
    states: 29_694,
    stock: { pizza: 1 },
    orders: { A: [line('pizza')] },
    requests: ['cancel', 'fulfill'],
    externalCalls: [
      guestHolds('D', 'pizza', 1),
      externalCall('The guest', 'D', { kind: 'extend', id: idOf('D'), ttlMs: 2 }),
      externalCall('The guest', 'D', { kind: 'commit', id: idOf('D') }),
      externalCall('The guest', 'D', { kind: 'release', id: idOf('D') }),
      BUYER,
    ],
    lastTick: 3,
  },
  reduced: {
    ...QUIET,
    name: 'an order beside a guest whose hold is reduced, expires and is committed',
    states: 8_237,
    stock: { pizza: 3 },
    orders: { A: [line('pizza')] },
    requests: ['cancel'],
    externalCalls: [
      {
        description: 'A guest holds D: 3 pizza for 2 ticks.',
        command: { kind: 'hold', id: idOf('D'), lines: [line('pizza', 3)], ttlMs: 2 },
      },
      guestKeeps(2),
      guestKeeps(1),
      externalCall('The guest', 'D', { kind: 'commit', id: idOf('D') }),
      externalCall('The guest', 'D', { kind: 'release', id: idOf('D') }),
    ],
    lastTick: 2,
  },
  stranger: {
    ...QUIET,
    name: 'an order whose id another client uses for other lines',
    states: 881,
    stock: { pizza: 2 },
    orders: { A: [line('pizza', 2)] },
    requests: ALL_REQUESTS,
    externalCalls: [guestHolds('A', 'pizza', 1)],
    lastTick: 1,
  },
  byHand: {
    ...QUIET,
    name: 'an order whose reservation is ended manually in Inventory',
    states: 5_103,
    stock: { pizza: 1 },
    orders: { A: [line('pizza')] },
    requests: ALL_REQUESTS,
    externalCalls: [
      guestHolds('A', 'pizza', 1),
      externalCall('An operator', 'A', { kind: 'commit', id: idOf('A') }),
      externalCall('An operator', 'A', { kind: 'release', id: idOf('A') }),
    ],
    lastTick: 1,
    byHand: true,
  },
  reducedTwice: {
    ...QUIET,
    name: 'an order that is reduced twice, cancelled and fulfilled',
    states: 52_808,
    stock: { burger: 1, pizza: 2 },
    orders: { A: [line('pizza', 2), line('burger')] },
    reductions: { A: [[line('pizza', 2)], [line('pizza')]] },
    requests: ['cancel', 'fulfill', 'reduce'],
  },
  returnedUnit: {
    ...QUIET,
    name: 'an order that is reduced, and another one for the returned unit',
    states: 40_611,
    stock: { pizza: 2 },
    orders: { A: [line('pizza', 2)], B: [line('pizza')] },
    reductions: { A: [[line('pizza')]] },
    requests: ['cancel', 'reduce'],
  },
  reducedByHand: {
    ...QUIET,
    name: 'an order that is reduced while its reservation is ended manually in Inventory',
    states: 13_281,
    stock: { pizza: 2 },
    orders: { A: [line('pizza', 2)] },
    reductions: { A: [[line('pizza')]] },
    requests: ['cancel', 'reduce'],
    externalCalls: [
      {
        description: 'A guest holds A: 2 pizza for 1 tick.',
        command: { kind: 'hold', id: idOf('A'), lines: [line('pizza', 2)], ttlMs: 1 },
      },
      externalCall('An operator', 'A', { kind: 'commit', id: idOf('A') }),
      externalCall('An operator', 'A', { kind: 'release', id: idOf('A') }),
    ],
    lastTick: 1,
    byHand: true,
  },
  shortfall: {
    ...QUIET,
    name: 'an order and a buyer whose units are lost, and a delivery',
    states: 2_664,
    stock: { pizza: 2 },
    orders: { A: [line('pizza')] },
    requests: ALL_REQUESTS,
    externalCalls: [BUYER],
    counts: [
      { description: 'A count finds no pizza.', sku: 'pizza', setOnHand: 0, fair: false },
      { description: 'Pizzas are delivered.', sku: 'pizza', setOnHand: 2, fair: true },
    ],
  },
} as const satisfies Record<string, World>;
