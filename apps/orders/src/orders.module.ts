import { type DynamicModule, Module } from '@nestjs/common';
import { PostgresModule } from '@app/postgres';
import { ordersSchema } from './database/orders.schema';
import { AdaptiveLimit } from '@app/runtime';
import { ClockModule } from './clock/clock.module';
import { HealthModule } from './health/health.module';
import { InventoryChannelModule } from './inventory/inventory-channel.module';
import { OrderModule } from './order/order.module';
import type { OrdersConfig } from './orders.config';
import { StockViewModule } from './stock/stock-view.module';
import { TimelineModule } from './timeline/timeline.module';

/**
 * Few enough for any machine, and enough that a short stall does not reject an ordinary load: with 16,
 * some requests of 32 customers were rejected after a stall.
 */
const MIN_IN_FLIGHT = 64;
/** The part of a request's timeout in which its order should be written. The rest is for Inventory. */
const WRITE_SHARE = 0.25;

@Module({})
export class OrdersModule {
  static with(config: OrdersConfig, logging: DynamicModule): DynamicModule {
    const requestTimeoutMs = config.ORDERS_INVENTORY_TIMEOUT_MS;
    const limit = new AdaptiveLimit({
      min: Math.min(MIN_IN_FLIGHT, config.ORDERS_MAX_REQUESTS_IN_FLIGHT),
      max: config.ORDERS_MAX_REQUESTS_IN_FLIGHT,
      targetMs: requestTimeoutMs * WRITE_SHARE,
    });
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
        InventoryChannelModule.at(config.ORDERS_INVENTORY_ADDRESS),
        OrderModule.with({
          requestTimeoutMs,
          onWritten: (tookMs) => limit.record(tookMs),
          acceptWithinMs: config.ORDERS_ACCEPT_BY_SECONDS * 1_000,
          parkAfterRefusals: config.ORDERS_PARK_AFTER_REFUSALS,
        }),
        TimelineModule,
        StockViewModule,
        HealthModule,
      ],
    };
  }
}
