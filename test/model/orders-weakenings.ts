import {
  TRANSITIONS_ON_REPLY,
  TRANSITIONS_ON_REQUEST,
} from '../../apps/orders/src/order/lifecycle';
import { type Protocol, QUICKBITE } from './protocol';
import { REST } from './search';
import { HELD_THOUGH_CANCELLED, type Weakening } from './weakening';
import { WORLDS } from './worlds';

const withTransitionsOnReply = (answers: Protocol['transitionsOnReply']): Partial<Protocol> => ({
  transitionsOnReply: { ...QUICKBITE.transitionsOnReply, ...answers },
});

const withTransitionsOnRequest = (
  requests: Partial<Protocol['transitionsOnRequest']>,
): Partial<Protocol> => ({
  transitionsOnRequest: { ...QUICKBITE.transitionsOnRequest, ...requests },
});

const { oneOrder, stranger, byHand, shortfall, reducedTwice } = WORLDS;

/** Orders without one of its parts. */
export const ORDERS_WEAKENINGS: readonly Weakening[] = [
  {
    name: 'an order is confirmed on a hold that can expire',
    weaker: { ttlMs: 1 },
    world: oneOrder,
    breaks: 'a status agrees with Inventory',
    fault: 'Order A is CONFIRMED, and Inventory has recorded HELD until now',
  },
  {
    name: 'Inventory is called before the order is written',
    weaker: {
      place: {},
      calls: { ...QUICKBITE.calls, NONE: 'create' },
      ...withTransitionsOnReply({ NONE: TRANSITIONS_ON_REPLY.PENDING }),
    },
    world: oneOrder,
    breaks: REST,
    fault: 'No certain steps lead to rest from order A NONE, reservation A HELD',
  },
  {
    name: 'Inventory is called before the order is written, without a crash so far',
    weaker: {
      place: {},
      calls: { ...QUICKBITE.calls, NONE: 'create' },
      ...withTransitionsOnReply({ NONE: TRANSITIONS_ON_REPLY.PENDING }),
    },
    world: oneOrder,
    breaks: 'no intermediate state is unsafe',
    fault: 'Units are held for order A, which is not written',
  },
  {
    name: 'a timeout counts as a rejection',
    weaker: { noResponse: { PENDING: 'CANCELLED' } },
    world: oneOrder,
    breaks: 'a status agrees with Inventory',
    fault: HELD_THOUGH_CANCELLED,
  },
  {
    name: 'a cancel does not wait: CANCELLED while the release is in flight',
    weaker: {
      calls: { ...QUICKBITE.calls, CANCELLED: 'release' },
      ...withTransitionsOnRequest({ cancel: { PENDING: 'CANCELLED', CONFIRMED: 'CANCELLED' } }),
    },
    world: oneOrder,
    breaks: 'a status agrees with Inventory',
    fault: HELD_THOUGH_CANCELLED,
  },
  {
    name: 'a cancel does not wait, without harm so far',
    weaker: withTransitionsOnRequest({ cancel: { PENDING: 'CANCELLED' } }),
    world: oneOrder,
    breaks: 'no intermediate state is unsafe',
    fault: 'Order A is CANCELLED, and a late create could still hold units for it',
  },
  {
    name: 'accept-by does not wait: CANCELLED while a create may be in flight',
    weaker: withTransitionsOnRequest({ acceptBy: { PENDING: 'CANCELLED' } }),
    world: oneOrder,
    breaks: 'a status agrees with Inventory',
    fault: HELD_THOUGH_CANCELLED,
  },
  {
    name: 'an expiry does not wait: CANCELLED while the release is in flight',
    weaker: withTransitionsOnRequest({ expire: { CONFIRMED: 'CANCELLED' } }),
    world: oneOrder,
    breaks: 'a status agrees with Inventory',
    fault: HELD_THOUGH_CANCELLED,
  },
  {
    name: 'a cancel forgets the order and releases nothing',
    weaker: withTransitionsOnRequest({ cancel: { PENDING: 'NONE', CONFIRMED: 'NONE' } }),
    world: oneOrder,
    breaks: REST,
    fault: 'No certain steps lead to rest from order A NONE, reservation A HELD',
  },
  {
    name: 'a fulfill is answered before the commit is recorded',
    weaker: {
      calls: { ...QUICKBITE.calls, FULFILLED: 'commit' },
      ...withTransitionsOnRequest({ fulfill: { CONFIRMED: 'FULFILLED' } }),
    },
    world: oneOrder,
    breaks: 'a status agrees with Inventory',
    fault: 'Order A is FULFILLED, and Inventory has recorded HELD',
  },
  {
    name: 'an answer is written regardless of the present status',
    weaker: { mayTransition: (current, expected, by) => by === 'answer' || current === expected },
    world: oneOrder,
    breaks: 'a status only advances as promised',
    fault: 'Order A was CANCELLING, and becomes CONFIRMED',
  },
  {
    name: 'a request is written regardless of the present status',
    weaker: { mayTransition: (current, expected, by) => by !== 'answer' || current === expected },
    world: oneOrder,
    breaks: 'a status only advances as promised',
    fault: 'Order A was CONFIRMED, and becomes CANCELLING',
  },
  {
    name: 'an order that is being fulfilled may be cancelled',
    weaker: withTransitionsOnRequest({
      cancel: { ...TRANSITIONS_ON_REQUEST.cancel, FULFILLING: 'CANCELLING' },
    }),
    world: oneOrder,
    breaks: 'a status only advances as promised',
    fault: 'Order A was FULFILLING, and becomes CANCELLING',
  },
  {
    name: 'an order may be fulfilled before it is confirmed',
    weaker: withTransitionsOnRequest({
      fulfill: { ...TRANSITIONS_ON_REQUEST.fulfill, PENDING: 'FULFILLING' },
    }),
    world: oneOrder,
    breaks: REST,
    fault: 'No certain steps lead to rest from order A FULFILLING',
  },
  {
    name: 'a late answer to a reduction ends the next one',
    weaker: { isSameReduction: (current, expected, by) => by === 'answer' || current === expected },
    world: reducedTwice,
    breaks: 'a status agrees with Inventory',
    fault: 'Order A is CONFIRMED, and Inventory has recorded HELD for other lines',
  },
  {
    name: 'a reduction is written although the order was reduced since it was read',
    weaker: { isSameReduction: (current, expected, by) => by !== 'answer' || current === expected },
    world: reducedTwice,
    breaks: 'an order never grows',
    fault: 'Order A has the units again that a reduction took away',
  },
  {
    name: 'an order may be fulfilled before its reduction is recorded',
    weaker: withTransitionsOnRequest({
      fulfill: { ...TRANSITIONS_ON_REQUEST.fulfill, REDUCING: 'FULFILLING' },
    }),
    world: reducedTwice,
    breaks: 'a status agrees with Inventory',
    fault: 'Order A is FULFILLING, and Inventory has recorded HELD for other lines',
  },
  {
    name: 'the reconciler does not advance REDUCING orders',
    weaker: { reconciled: ['PENDING', 'CANCELLING', 'FULFILLING'] },
    world: reducedTwice,
    breaks: REST,
    fault: 'No certain steps lead to rest from order A REDUCING, reservation A HELD',
  },
  {
    name: 'the reconciler stops after one attempt',
    weaker: { maxAttempts: 1 },
    world: oneOrder,
    breaks: REST,
    fault: 'No certain steps lead to rest from order A PENDING',
  },
  {
    name: 'the reconciler advances PENDING orders only',
    weaker: { reconciled: ['PENDING'] },
    world: oneOrder,
    breaks: REST,
    fault: 'No certain steps lead to rest from order A CANCELLING',
  },
  {
    name: 'an order is confirmed by a reservation with other lines',
    weaker: withTransitionsOnReply({
      PENDING: { ...TRANSITIONS_ON_REPLY.PENDING, RESERVATION_MISMATCH: 'CONFIRMED' },
    }),
    world: stranger,
    breaks: 'a status agrees with Inventory',
    fault: 'Order A is CONFIRMED, and Inventory has recorded HELD for other lines',
  },
  {
    name: 'a create that is rejected for its old id is retried without end',
    weaker: withTransitionsOnReply({
      PENDING: { ...TRANSITIONS_ON_REPLY.PENDING, RESERVATION_ID_TOO_OLD: 'PENDING' },
    }),
    world: oneOrder,
    breaks: REST,
    fault: 'No certain steps lead to rest from order A PENDING',
  },
  {
    name: 'a release after a commit counts as done',
    weaker: withTransitionsOnReply({
      CANCELLING: { ...TRANSITIONS_ON_REPLY.CANCELLING, COMMITTED: 'CANCELLED' },
    }),
    world: byHand,
    breaks: 'a status agrees with Inventory',
    fault: 'Order A is CANCELLED, and Inventory has recorded COMMITTED',
  },
  {
    name: 'a release after a commit is retried without end',
    weaker: withTransitionsOnReply({
      CANCELLING: { ...TRANSITIONS_ON_REPLY.CANCELLING, COMMITTED: 'CANCELLING' },
    }),
    world: byHand,
    breaks: REST,
    fault: 'No certain steps lead to rest from order A CANCELLING, reservation A COMMITTED',
  },
  {
    name: 'a commit after a release counts as done',
    weaker: withTransitionsOnReply({
      FULFILLING: { ...TRANSITIONS_ON_REPLY.FULFILLING, RELEASED: 'FULFILLED' },
    }),
    world: byHand,
    breaks: 'a status agrees with Inventory',
    fault: 'Order A is FULFILLED, and Inventory has recorded RELEASED',
  },
  {
    name: 'a commit whose units are missing counts as done',
    weaker: withTransitionsOnReply({
      FULFILLING: { ...TRANSITIONS_ON_REPLY.FULFILLING, INSUFFICIENT_STOCK: 'FULFILLED' },
    }),
    world: shortfall,
    breaks: 'a status agrees with Inventory',
    fault: 'Order A is FULFILLED, and Inventory has recorded HELD',
  },
];
