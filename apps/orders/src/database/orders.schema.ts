import { OrderItemRow, OrderRow } from '../order/order.entity';
import { OrderEventRow } from '../order/order-event.entity';
import { CreateOrders1764000000000 } from './migrations/1764000000000-create-orders';
import { OrderLife1764100000000 } from './migrations/1764100000000-order-life';
import { CheaperChecks1764200000000 } from './migrations/1764200000000-cheaper-checks';
import { SystemActor1764300000000 } from './migrations/1764300000000-system-actor';
import { TextCollation1764400000000 } from './migrations/1764400000000-text-collation';

/** Orders' tables and migrations, listed as classes because globs do not survive the bundle. */
export const ordersSchema = {
  entities: [OrderRow, OrderItemRow, OrderEventRow],
  migrations: [
    CreateOrders1764000000000,
    OrderLife1764100000000,
    CheaperChecks1764200000000,
    SystemActor1764300000000,
    TextCollation1764400000000,
  ],
};
