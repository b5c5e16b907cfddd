import {
  TRANSITIONS_ON_REPLY,
  TRANSITIONS_ON_REQUEST,
} from '../../apps/orders/src/order/lifecycle';
import { QUICKBITE } from './protocol';
import { REST } from './search';
import { type Weakening, withReplies, withRequests } from './weakening';
import { WORLDS } from './worlds';

const { oneOrder, stranger, allowsManualRelease, shortfall } = WORLDS;

const HELD_THOUGH_CANCELLED = 'Order A is CANCELLED, and Inventory has recorded HELD';

/** Parts of the protocol in Orders that a weakening removes. */
export const ORDERS_WEAKENINGS: readonly Weakening[] = [
  {
    name: 'an order is confirmed on a hold that can expire',
    weaker: { ttlMs: 1 },
    world: oneOrder,
    breaks: 'a status is true',
    fault: 'Order A is CONFIRMED, and Inventory has recorded HELD until now',
  },
  {
    name: 'Inventory is asked before the order is written',
    weaker: {
      place: {},
      callByStatus: { ...QUICKBITE.callByStatus, NONE: 'create' },
      ...withReplies({ NONE: TRANSITIONS_ON_REPLY.PENDING }),
    },
    world: oneOrder,
    breaks: REST,
    fault: 'Nothing that is sure to happen leads to rest from order A NONE, reservation A HELD',
  },
  {
    name: 'Inventory is called before the order is written, without any crash',
    weaker: {
      place: {},
      callByStatus: { ...QUICKBITE.callByStatus, NONE: 'create' },
      ...withReplies({ NONE: TRANSITIONS_ON_REPLY.PENDING }),
    },
    world: oneOrder,
    breaks: 'danger is avoided',
    fault: 'Units are held for order A, which is not written',
  },
  {
    name: 'a timeout is taken as a refusal',
    weaker: { noResponse: { PENDING: 'CANCELLED' } },
    world: oneOrder,
    breaks: 'a status is true',
    fault: HELD_THOUGH_CANCELLED,
  },
  {
    name: 'a cancel is not awaited: CANCELLED while the release is under way',
    weaker: {
      callByStatus: { ...QUICKBITE.callByStatus, CANCELLED: 'release' },
      ...withRequests({ cancel: { PENDING: 'CANCELLED', CONFIRMED: 'CANCELLED' } }),
    },
    world: oneOrder,
    breaks: 'a status is true',
    fault: HELD_THOUGH_CANCELLED,
  },
  {
    name: 'a cancel is not awaited, where no harm has come of it yet',
    weaker: withRequests({ cancel: { PENDING: 'CANCELLED' } }),
    world: oneOrder,
    breaks: 'danger is avoided',
    fault: 'Order A is CANCELLED, and a create that comes late could still hold units for it',
  },
  {
    name: 'accept-by is not awaited: CANCELLED while a create may be under way',
    weaker: withRequests({ acceptBy: { PENDING: 'CANCELLED' } }),
    world: oneOrder,
    breaks: 'a status is true',
    fault: HELD_THOUGH_CANCELLED,
  },
  {
    name: 'a cancel forgets the order and releases nothing',
    weaker: withRequests({ cancel: { PENDING: 'NONE', CONFIRMED: 'NONE' } }),
    world: oneOrder,
    breaks: REST,
    fault: 'Nothing that is sure to happen leads to rest from order A NONE, reservation A HELD',
  },
  {
    name: 'a fulfill is answered before the commit is recorded',
    weaker: {
      callByStatus: { ...QUICKBITE.callByStatus, FULFILLED: 'commit' },
      ...withRequests({ fulfill: { CONFIRMED: 'FULFILLED' } }),
    },
    world: oneOrder,
    breaks: 'a status is true',
    fault: 'Order A is FULFILLED, and Inventory has recorded HELD',
  },
  {
    name: 'an answer is written whatever the order has become meanwhile',
    weaker: { mayMove: (current, expected, by) => by === 'answer' || current === expected },
    world: oneOrder,
    breaks: 'a promise to the customer is kept',
    fault: 'Order A was CANCELLING, and becomes CONFIRMED',
  },
  {
    name: 'a request is written whatever the order has become meanwhile',
    weaker: { mayMove: (current, expected, by) => by !== 'answer' || current === expected },
    world: oneOrder,
    breaks: 'a promise to the customer is kept',
    fault: 'Order A was CONFIRMED, and becomes CANCELLING',
  },
  {
    name: 'an order that is being fulfilled may be cancelled',
    weaker: withRequests({
      cancel: { ...TRANSITIONS_ON_REQUEST.cancel, FULFILLING: 'CANCELLING' },
    }),
    world: oneOrder,
    breaks: 'a promise to the customer is kept',
    fault: 'Order A was FULFILLING, and becomes CANCELLING',
  },
  {
    name: 'an order may be fulfilled before it is confirmed',
    weaker: withRequests({ fulfill: { ...TRANSITIONS_ON_REQUEST.fulfill, PENDING: 'FULFILLING' } }),
    world: oneOrder,
    breaks: REST,
    fault: 'Nothing that is sure to happen leads to rest from order A FULFILLING',
  },
  {
    name: 'the reconciler gives an order up after one try',
    weaker: { attemptsMax: 1 },
    world: oneOrder,
    breaks: REST,
    fault: 'Nothing that is sure to happen leads to rest from order A PENDING',
  },
  {
    name: 'the reconciler callByStatus PENDING orders only',
    weaker: { reconciles: ['PENDING'] },
    world: oneOrder,
    breaks: REST,
    fault: 'Nothing that is sure to happen leads to rest from order A CANCELLING',
  },
  {
    name: 'an order is confirmed under an id that stands for something else',
    weaker: withReplies({
      PENDING: { ...TRANSITIONS_ON_REPLY.PENDING, RESERVATION_MISMATCH: 'CONFIRMED' },
    }),
    world: stranger,
    breaks: 'a status is true',
    fault: 'Order A is CONFIRMED, and Inventory has recorded HELD for other lines',
  },
  {
    name: 'a create that is refused for its old id is asked for ever',
    weaker: withReplies({
      PENDING: { ...TRANSITIONS_ON_REPLY.PENDING, RESERVATION_ID_TOO_OLD: 'PENDING' },
    }),
    world: oneOrder,
    breaks: REST,
    fault: 'Nothing that is sure to happen leads to rest from order A PENDING',
  },
  {
    name: 'a release that comes after a commit adjustments as done',
    weaker: withReplies({
      CANCELLING: { ...TRANSITIONS_ON_REPLY.CANCELLING, COMMITTED: 'CANCELLED' },
    }),
    world: allowsManualRelease,
    breaks: 'a status is true',
    fault: 'Order A is CANCELLED, and Inventory has recorded COMMITTED',
  },
  {
    name: 'a release that comes after a commit is asked for ever',
    weaker: withReplies({
      CANCELLING: { ...TRANSITIONS_ON_REPLY.CANCELLING, COMMITTED: 'CANCELLING' },
    }),
    world: allowsManualRelease,
    breaks: REST,
    fault:
      'Nothing that is sure to happen leads to rest from order A CANCELLING, reservation A COMMITTED',
  },
  {
    name: 'a commit that comes after a release adjustments as done',
    weaker: withReplies({
      FULFILLING: { ...TRANSITIONS_ON_REPLY.FULFILLING, RELEASED: 'FULFILLED' },
    }),
    world: allowsManualRelease,
    breaks: 'a status is true',
    fault: 'Order A is FULFILLED, and Inventory has recorded RELEASED',
  },
  {
    name: 'a commit whose units are missing adjustments as done',
    weaker: withReplies({
      FULFILLING: { ...TRANSITIONS_ON_REPLY.FULFILLING, INSUFFICIENT_STOCK: 'FULFILLED' },
    }),
    world: shortfall,
    breaks: 'a status is true',
    fault: 'Order A is FULFILLED, and Inventory has recorded HELD',
  },
];
