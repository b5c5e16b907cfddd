import { type DynamicModule, Module } from '@nestjs/common';
import { kafkaConfigOf } from '@app/config';
import { EventLogModule, type OpenBroker } from '@app/events';
import { PostgresModule } from '@app/postgres';
import { clientSecurityOf } from '@app/tls';
import { ordersSchema } from './database/orders.schema';
import { AdaptiveLimit } from '@app/runtime';
import { jwtOptionsOf } from './access/access.config';
import { AccessModule } from './access/access.module';
import { ApiKeysModule } from './api-keys/api-keys.module';
import { AuditModule } from './audit/audit.module';
import { ClockModule } from './clock/clock.module';
import { HealthModule } from './health/health.module';
import { InventoryChannelModule } from './inventory/inventory-channel.module';
import { limitsRedisOf } from './limits/limits.config';
import { LimitsModule } from './limits/limits.module';
import { OrderActivity } from './order/order-activity';
import { OrdersMessagingModule } from './messaging/orders-messaging.module';
import { OrderModule } from './order/order.module';
import { EventsModule } from './events/events.module';
import { InventoryFollowerModule } from './inventory-events/inventory-follower.module';
import type { OrdersConfig } from './orders.config';
import { StockEventsModule } from './stock-events/stock-events.module';
import { StockViewModule } from './stock/stock-view.module';
import { TimelineModule } from './timeline/timeline.module';
import type { WebhookOptions } from './webhooks/webhook-options';
import { WebhooksModule } from './webhooks/webhooks.module';

/**
 * Few enough for any machine, and enough that a short stall does not reject an ordinary load: with 16,
 * some requests of 32 customers were rejected after a stall.
 */
const MIN_IN_FLIGHT = 64;
/** The part of a request's timeout in which its order should be written. The rest is for Inventory. */
const WRITE_SHARE = 0.25;
const HOUR_MS = 3_600_000;

const webhookOptions = (config: OrdersConfig): WebhookOptions => ({
  allowPrivate: config.ORDERS_WEBHOOK_ALLOW_PRIVATE,
  concurrency: config.ORDERS_WEBHOOK_CONCURRENCY,
  connectTimeoutMs: config.ORDERS_WEBHOOK_CONNECT_TIMEOUT_MS,
  timeoutMs: config.ORDERS_WEBHOOK_TIMEOUT_MS,
  minPauseMs: config.ORDERS_WEBHOOK_RETRY_MIN_MS,
  maxPauseMs: config.ORDERS_WEBHOOK_RETRY_MAX_SECONDS * 1_000,
  parkAfterMs: config.ORDERS_WEBHOOK_PARK_AFTER_SECONDS * 1_000,
  disableAfterMs: config.ORDERS_WEBHOOK_DISABLE_AFTER_SECONDS * 1_000,
});

@Module({})
export class OrdersModule {
  /** `openBroker`: for tests without Kafka. */
  static with(
    config: OrdersConfig,
    logging: DynamicModule,
    openBroker?: OpenBroker,
  ): DynamicModule {
    const requestTimeoutMs = config.ORDERS_INVENTORY_TIMEOUT_MS;
    const limit = new AdaptiveLimit({
      min: Math.min(MIN_IN_FLIGHT, config.ORDERS_MAX_REQUESTS_IN_FLIGHT),
      max: config.ORDERS_MAX_REQUESTS_IN_FLIGHT,
      targetMs: requestTimeoutMs * WRITE_SHARE,
    });
    const orders = OrderModule.with({
      requestTimeoutMs,
      onWritten: (tookMs) => limit.record(tookMs),
      activity: config.ORDERS_LOG_ACTIVITY ? new OrderActivity() : undefined,
      acceptWithinMs: config.ORDERS_ACCEPT_BY_SECONDS * 1_000,
      confirmedExpiryMs: config.ORDERS_CONFIRMED_EXPIRY_SECONDS * 1_000,
      parkAfterRefusals: config.ORDERS_PARK_AFTER_REFUSALS,
    });
    const { ORDERS_INVENTORY_ADDRESS: inventory } = config;
    const security = clientSecurityOf('ORDERS', config, inventory);
    return {
      module: OrdersModule,
      providers: [{ provide: AdaptiveLimit, useValue: limit }],
      imports: [
        logging,
        PostgresModule.forApp(
          {
            url: config.ORDERS_DATABASE_URL,
            ownerUrl: config.ORDERS_OWNER_DATABASE_URL,
            schema: config.ORDERS_DATABASE_SCHEMA,
            applicationName: 'quickbite-orders',
            poolSize: config.ORDERS_DATABASE_POOL_SIZE,
            readPoolSize: config.ORDERS_DATABASE_READ_POOL_SIZE,
            settingPrefix: 'ORDERS',
            timeoutMs: config.ORDERS_DATABASE_TIMEOUT_MS,
            migrateOnStart: config.ORDERS_MIGRATE_ON_START,
          },
          ordersSchema,
        ),
        ClockModule,
        AccessModule.with(jwtOptionsOf(config)),
        LimitsModule.with(limitsRedisOf(config)),
        InventoryChannelModule.at(inventory, security),
        orders,
        TimelineModule,
        EventLogModule.with({ retentionMs: config.ORDERS_EVENT_RETENTION_HOURS * HOUR_MS }),
        EventsModule,
        OrdersMessagingModule.with(kafkaConfigOf('ORDERS', config), orders, openBroker),
        WebhooksModule.with(webhookOptions(config)),
        InventoryFollowerModule.at(inventory, security),
        StockViewModule,
        StockEventsModule,
        ApiKeysModule,
        AuditModule,
        HealthModule,
      ],
    };
  }
}
