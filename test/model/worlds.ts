import type { ReservationCommand } from '../../apps/inventory/src/reservation/decide';
import { type ExternalCommand, idOf, line, type World } from './world';

/** Holds a guest's units for a time. */
const guestHolds = (name: string, sku: string, ttlMs: number): ExternalCommand => ({
  description: `A guest asks for ${name}, which is 1 ${sku} for ${ttlMs} tick.`,
  command: { kind: 'hold', id: idOf(name), lines: [line(sku)], ttlMs },
});

const asks = (who: string, name: string, command: ReservationCommand): ExternalCommand => ({
  description: `${who} asks to ${command.kind} ${name}.`,
  command,
});

/** Takes a unit for good, under an id of his own. */
const BUYER = asks('A buyer', 'E', {
  kind: 'take',
  id: idOf('E'),
  lines: [line('pizza')],
  hasGeneratedId: false,
});

const QUIET = {
  requests: [],
  externalCommands: [],
  adjustments: [],
  lastTick: 0,
  retentionTicks: null,
  groupOf: 1,
  allowsManualRelease: false,
} as const;

const EVERYTHING = ['cancel', 'fulfill', 'acceptBy'] as const;

/** Small, but each with something that the others do not have. */
export const WORLDS = {
  oneOrder: {
    ...QUIET,
    name: 'one order that is cancelled, fulfilled and late, while tombstones are deleted',
    states: 2_195,
    stock: { pizza: 2 },
    orders: { A: [line('pizza')] },
    requests: EVERYTHING,
    lastTick: 3,
    retentionTicks: 1,
  },
  lastUnit: {
    ...QUIET,
    name: 'two orders for the last unit',
    states: 62_339,
    stock: { pizza: 1 },
    orders: { A: [line('pizza')], B: [line('pizza')] },
    requests: EVERYTHING,
  },
  lastUnitInGroups: {
    ...QUIET,
    name: 'two orders for the last unit, decided in groups',
    states: 15_547,
    stock: { pizza: 1 },
    orders: { A: [line('pizza')], B: [line('pizza')] },
    requests: ['cancel', 'fulfill'],
    groupOf: 2,
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
    name: 'an order beside a guest whose hold ends by itself',
    states: 29_694,
    stock: { pizza: 1 },
    orders: { A: [line('pizza')] },
    requests: ['cancel', 'fulfill'],
    externalCommands: [
      guestHolds('D', 'pizza', 1),
      asks('The guest', 'D', { kind: 'extend', id: idOf('D'), ttlMs: 2 }),
      asks('The guest', 'D', { kind: 'commit', id: idOf('D') }),
      asks('The guest', 'D', { kind: 'release', id: idOf('D') }),
      BUYER,
    ],
    lastTick: 3,
  },
  stranger: {
    ...QUIET,
    name: 'an order whose id a stranger uses for something else',
    states: 881,
    stock: { pizza: 2 },
    orders: { A: [line('pizza', 2)] },
    requests: EVERYTHING,
    externalCommands: [guestHolds('A', 'pizza', 1)],
    lastTick: 1,
  },
  allowsManualRelease: {
    ...QUIET,
    name: 'an order whose reservation is ended by hand in Inventory',
    states: 5_103,
    stock: { pizza: 1 },
    orders: { A: [line('pizza')] },
    requests: EVERYTHING,
    externalCommands: [
      guestHolds('A', 'pizza', 1),
      asks('An operator', 'A', { kind: 'commit', id: idOf('A') }),
      asks('An operator', 'A', { kind: 'release', id: idOf('A') }),
    ],
    lastTick: 1,
    allowsManualRelease: true,
  },
  shortfall: {
    ...QUIET,
    name: 'an order and a buyer whose units go missing, and a delivery',
    states: 2_664,
    stock: { pizza: 2 },
    orders: { A: [line('pizza')] },
    requests: EVERYTHING,
    externalCommands: [BUYER],
    adjustments: [
      { description: 'A count finds no pizza.', sku: 'pizza', setOnHand: 0, fair: false },
      { description: 'Pizzas are delivered.', sku: 'pizza', setOnHand: 2, fair: true },
    ],
  },
} as const satisfies Record<string, World>;
