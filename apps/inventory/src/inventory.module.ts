import { type DynamicModule, Module } from '@nestjs/common';
import { EventLogModule, type OpenBroker } from '@app/events';
import { kafkaConfigOf } from '@app/config';
import { PostgresModule } from '@app/postgres';
import type { AdjustmentGrpcController } from './adjustment/adjustment.grpc';
import { AdjustmentModule } from './adjustment/adjustment.module';
import { inventorySchema } from './database/inventory.schema';
import type { EventsGrpcController } from './events/events.grpc';
import { InventoryEventsModule } from './events/inventory-events.module';
import { HealthModule } from './health/health.module';
import type { InventoryConfig } from './inventory.config';
import { InventoryMessagingModule } from './messaging/inventory-messaging.module';
import type { KafkaStatusGrpcController } from './messaging/kafka-status.grpc';
import type { LedgerGrpcController } from './ledger/ledger.grpc';
import { LedgerModule } from './ledger/ledger.module';
import type { ReservationGrpcController } from './reservation/reservation.grpc';
import { ReservationModule } from './reservation/reservation.module';
import type { Checked, HandleEveryRpc } from './rpc-handlers';
import type { StockGrpcController } from './stock/stock.grpc';
import { StockModule } from './stock/stock.module';
import type { WatchGrpcController } from './watch/watch.grpc';
import type { ThresholdGrpcController } from './threshold/threshold.grpc';
import { ThresholdModule } from './threshold/threshold.module';
import { WatchModule } from './watch/watch.module';

/** The controllers that the modules below register. The build fails while an RPC has no handler. */
export type RpcHandlers = Checked<
  HandleEveryRpc<
    | AdjustmentGrpcController
    | EventsGrpcController
    | KafkaStatusGrpcController
    | LedgerGrpcController
    | ReservationGrpcController
    | StockGrpcController
    | ThresholdGrpcController
    | WatchGrpcController
  >
>;

const HOUR_MS = 3_600_000;

/**
 * A gRPC server cannot stop reading from one caller, as Orders does with HTTP: its connection carries the
 * reservations of Orders as well. So the caller of a rejected read waits for the rejection.
 */
const HOLD_REJECTIONS_MS = 1_000;

@Module({})
export class InventoryModule {
  /** `openBroker`: for tests without Kafka. */
  static with(
    config: InventoryConfig,
    logging: DynamicModule,
    openBroker?: OpenBroker,
  ): DynamicModule {
    return {
      module: InventoryModule,
      imports: [
        logging,
        PostgresModule.forApp(
          {
            url: config.INVENTORY_DATABASE_URL,
            ownerUrl: config.INVENTORY_OWNER_DATABASE_URL,
            schema: config.INVENTORY_DATABASE_SCHEMA,
            applicationName: 'quickbite-inventory',
            poolSize: config.INVENTORY_DATABASE_POOL_SIZE,
            readPoolSize: config.INVENTORY_DATABASE_READ_POOL_SIZE,
            holdRejectionsMs: HOLD_REJECTIONS_MS,
            settingPrefix: 'INVENTORY',
            timeoutMs: config.INVENTORY_DATABASE_TIMEOUT_MS,
            migrateOnStart: config.INVENTORY_MIGRATE_ON_START,
          },
          inventorySchema,
        ),
        StockModule,
        ThresholdModule,
        LedgerModule,
        AdjustmentModule,
        ReservationModule.with({
          intervalMs: config.INVENTORY_SWEEP_INTERVAL_MS,
          tombstoneRetentionMs: config.INVENTORY_TOMBSTONE_RETENTION_HOURS * HOUR_MS,
        }),
        WatchModule,
        EventLogModule.with({ retentionMs: config.INVENTORY_EVENT_RETENTION_HOURS * HOUR_MS }),
        InventoryEventsModule,
        InventoryMessagingModule.with(kafkaConfigOf('INVENTORY', config), openBroker),
        HealthModule,
      ],
    };
  }
}
