import {
  API_KEY_ENTITIES,
  API_KEY_PRIVILEGES,
  AUDIT_ENTITIES,
  AUDIT_PRIVILEGES,
} from '@app/access';
import { EVENT_LOG_ENTITIES, EVENT_LOG_PRIVILEGES } from '@app/events';
import type { Schema } from '@app/postgres';
import { OrderItemRow, OrderReductionRow, OrderRow } from '../order/order.entity';
import { OrderEventRow } from '../order/order-event.entity';
import { WebhookDeliveryRow, WebhookEndpointRow } from '../webhooks/webhook.entity';
import { InventoryCursorRow, StockEventRow } from '../inventory-events/stock-event.entity';
import { CreateOrders1764000000000 } from './migrations/1764000000000-create-orders';
import { OrderLife1764100000000 } from './migrations/1764100000000-order-life';
import { CheaperChecks1764200000000 } from './migrations/1764200000000-cheaper-checks';
import { SystemActor1764300000000 } from './migrations/1764300000000-system-actor';
import { TextCollation1764400000000 } from './migrations/1764400000000-text-collation';
import { OrderFingerprint1764500000000 } from './migrations/1764500000000-order-fingerprint';
import { OrdersByUpdate1764600000000 } from './migrations/1764600000000-orders-by-update';
import { OrderExternalId1764600000001 } from './migrations/1764600000001-order-external-id';
import { OrderReductions1764700000000 } from './migrations/1764700000000-order-reductions';
import { EventLog1764800000000 } from './migrations/1764800000000-event-log';
import { OrderMetadata1764900000000 } from './migrations/1764900000000-order-metadata';
import { InventoryEvents1764950000000 } from './migrations/1764950000000-inventory-events';
import { Webhooks1765000000000 } from './migrations/1765000000000-webhooks';
import { ApiKeys1765100000000 } from './migrations/1765100000000-api-keys';
import { AuditTrail1765200000000 } from './migrations/1765200000000-audit-trail';
import { ProtectApiKeys1765300000000 } from './migrations/1765300000000-protect-api-keys';

/**
 * Orders' tables, their migrations, and the privileges of Orders' role. Lists classes, because globs do
 * not work in the bundle.
 */
export const ordersSchema = {
  entities: [
    OrderRow,
    OrderItemRow,
    OrderReductionRow,
    OrderEventRow,
    WebhookEndpointRow,
    WebhookDeliveryRow,
    StockEventRow,
    InventoryCursorRow,
    ...EVENT_LOG_ENTITIES,
    ...API_KEY_ENTITIES,
    ...AUDIT_ENTITIES,
  ],
  migrations: [
    CreateOrders1764000000000,
    OrderLife1764100000000,
    CheaperChecks1764200000000,
    SystemActor1764300000000,
    TextCollation1764400000000,
    OrderFingerprint1764500000000,
    OrdersByUpdate1764600000000,
    OrderExternalId1764600000001,
    OrderReductions1764700000000,
    EventLog1764800000000,
    OrderMetadata1764900000000,
    InventoryEvents1764950000000,
    Webhooks1765000000000,
    ApiKeys1765100000000,
    AuditTrail1765200000000,
    ProtectApiKeys1765300000000,
  ],
  knownTable: 'order_event',
  sampleWrite: `
    insert into orders (id, user_id, note, status, next_attempt_at)
    select gen_random_uuid(), 'write-probe', string_agg(md5(random()::text), ''), 'PENDING', now()
      from generate_series(1, 2000)`,
  privileges: {
    orders: ['select', 'insert', 'update'],
    order_item: ['select', 'insert'],
    order_reduction: ['select', 'insert'],
    // The timeline is append-only.
    order_event: ['select', 'insert'],
    stock_event: ['select', 'insert', 'delete'],
    inventory_cursor: ['select', 'update'],
    ...EVENT_LOG_PRIVILEGES,
    webhook_endpoint: ['select', 'insert', 'update', 'delete'],
    webhook_delivery: ['select', 'insert', 'update', 'delete'],
    ...API_KEY_PRIVILEGES,
    ...AUDIT_PRIVILEGES,
    // Allows a start without the owner's password while there is nothing to migrate.
    migration: ['select'],
  },
} satisfies Schema;
