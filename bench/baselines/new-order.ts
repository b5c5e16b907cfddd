import { uuidv7 } from 'uuidv7';
import type { PlaceOrderDto } from '../../apps/orders/src/order/place-order.dto';
import type { BaselineOrder } from './order.entity';

/** Returns an order with a UUIDv7, as Orders creates them: they keep the primary key index warm. */
export const confirmedOrder = (body: PlaceOrderDto): BaselineOrder => {
  const { userId, sku = '', quantity = 0, note = null } = body;
  return {
    id: uuidv7(),
    userId,
    sku,
    quantity,
    note,
    status: 'CONFIRMED',
    createdAt: new Date(),
  };
};

/** Returns the JSON with which Orders answers. */
export const answerOf = ({
  id,
  userId,
  note,
  status,
  sku,
  quantity,
  createdAt,
}: BaselineOrder) => ({
  id,
  userId,
  note,
  status,
  sku,
  quantity,
  items: [{ sku, quantity }],
  createdAt: createdAt.toISOString(),
  updatedAt: createdAt.toISOString(),
});
