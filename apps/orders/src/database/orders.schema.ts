import { OrderItemRow, OrderRow } from '../order/order.entity';
import { CreateOrders1764000000000 } from './migrations/1764000000000-create-orders';

/** Orders' tables, and how they came to be. Classes, since globs do not survive the bundle. */
export const ordersSchema = {
  entities: [OrderRow, OrderItemRow],
  migrations: [CreateOrders1764000000000],
};
