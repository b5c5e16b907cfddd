import type { Scenario } from '../bench';
import { checks } from './checks';
import { ordersEvents } from './events';
import { growth } from './growth';
import { halfLoad } from './half-load';
import { idle } from './idle';
import { ordersBaskets, ordersInsert, ordersTutorial, soldOut } from './orders';
import { plans } from './plans';
import { profile } from './profile';
import { reserveBatch, reserveHot, reserveNoOp } from './reserve';
import { ordersSecured } from './secured';
import { twoInventories } from './two-inventories';

/** In the order in which they run and are printed. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'reserve-hot': reserveHot,
  'reserve-noop': reserveNoOp,
  'reserve-batch': reserveBatch,
  'orders-insert': ordersInsert,
  'orders-events': ordersEvents,
  'orders-secured': ordersSecured,
  'orders-tutorial': ordersTutorial,
  'orders-baskets': ordersBaskets,
  'sold-out': soldOut,
  'two-inventories': twoInventories,
  growth,
  'half-load': halfLoad,
  idle,
  profile,
  checks,
  plans,
};
