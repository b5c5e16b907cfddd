import { uuidv7 } from 'uuidv7';
import type { PlaceOrderDto } from '../../apps/orders/src/order/place-order.dto';
import type { BaselineOrder } from './order.entity';

/** Under a UUIDv7, as Orders has them: they keep the index of the primary key warm. */
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

/** The JSON of an order as Orders answers it. */
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
