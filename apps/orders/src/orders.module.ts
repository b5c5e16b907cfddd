import { type DynamicModule, Module } from '@nestjs/common';
import { PostgresModule } from '@app/postgres';
import { ordersSchema } from './database/orders.schema';
import { HealthModule } from './health/health.module';
import { InventoryClientModule } from './inventory/inventory-client.module';
import { OrderModule } from './order/order.module';
import type { OrdersConfig } from './orders.config';
import { StockModule } from './stock/stock.module';
import { TimelineModule } from './timeline/timeline.module';

@Module({})
export class OrdersModule {
  static with(config: OrdersConfig, logging: DynamicModule): DynamicModule {
    return {
      module: OrdersModule,
      imports: [
        logging,
        PostgresModule.forApp(
          {
            url: config.ORDERS_DATABASE_URL,
            applicationName: 'quickbite-orders',
            poolSize: config.ORDERS_DATABASE_POOL_SIZE,
            timeoutMs: config.ORDERS_DATABASE_TIMEOUT_MS,
            migrateOnStart: config.ORDERS_MIGRATE_ON_START,
          },
          ordersSchema,
        ),
        InventoryClientModule.at(config.ORDERS_INVENTORY_ADDRESS),
        OrderModule.with({
          requestTimeoutMs: config.ORDERS_INVENTORY_TIMEOUT_MS,
          acceptWithinMs: config.ORDERS_ACCEPT_BY_SECONDS * 1_000,
          parkAfterRefusals: config.ORDERS_PARK_AFTER_REFUSALS,
        }),
        TimelineModule,
        StockModule,
        HealthModule,
      ],
    };
  }
}
