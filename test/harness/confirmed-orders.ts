import {
  isUnfinished,
  newOrder,
  type NewOrder,
  pendingOrder,
} from '../../apps/orders/src/order/order';
import type { OrderRepository } from '../../apps/orders/src/order/order.repository';
import { decided } from '../../apps/orders/src/order/reply';
import { type OrderTransition, transitionFor } from '../../apps/orders/src/order/order-transition';
import { times } from './wait';

const SETTINGS = { parkAfterRefusals: 10, graceMs: 5_000 };
const ACCEPT_WITHIN_MS = 30_000;

export const orderOfOneBurger = (): NewOrder =>
  newOrder({
    userId: 'u',
    note: null,
    idempotencyKey: null,
    items: [{ sku: 'burger', quantity: 1 }],
  });

/** The transition of an order whose items are held. */
export const confirmationOf = (placed: NewOrder, createdAt: Date): OrderTransition => {
  const order = pendingOrder(placed, createdAt);
  const attempt = { actor: 'CUSTOMER', durationMs: 3 } as const;
  const transition =
    isUnfinished(order) && transitionFor(order, decided('HELD'), attempt, SETTINGS);
  if (!transition) throw new Error('HELD leads to no transition');
  return transition;
};

/** Runs the two statements of an order for a group of orders, without calling Inventory. */
export const placeAndConfirm = async (orders: OrderRepository, group = 1): Promise<void> => {
  const placed = times(group, orderOfOneBurger);
  const created = await orders.insert(placed, SETTINGS.graceMs, ACCEPT_WITHIN_MS);
  await orders.record(
    placed.map((order) => confirmationOf(order, created.get(order.id) ?? new Date())),
  );
};
