import { type DynamicModule, Module } from '@nestjs/common';
import type { KafkaConfig } from '@app/config';
import { MessagingModule, type OpenBroker } from '@app/events';
import { AdjustmentModule } from '../adjustment/adjustment.module';
import { StockAdjustmentConsumer } from '../adjustment/stock-adjustment.consumer';
import { keyOf } from '../events/inventory-event';
import { InventoryEventsRepository, type LoggedEvent } from '../events/inventory-events.repository';
import { toPublishedEvent } from '../events/published-event';
import { KafkaStatusGrpcController } from './kafka-status.grpc';

const TOPICS = {
  events: 'inventory.v1',
  commands: 'stock-adjustments.v1',
  deadLetters: 'inventory.dlq.v1',
  group: 'quickbite-inventory',
} as const;

/** Publishes the events of reservations and stock, and consumes deliveries and counts. */
@Module({})
export class InventoryMessagingModule {
  /** Without settings for Kafka the module only says so. */
  static with(config: KafkaConfig | undefined, openBroker?: OpenBroker): DynamicModule {
    const messaging = MessagingModule.with<LoggedEvent>(
      config,
      {
        topics: TOPICS,
        source: '/quickbite/inventory',
        createReader: (database) => new InventoryEventsRepository(database),
        toPublished: (event) => ({ event: toPublishedEvent(event), key: keyOf(event) }),
        commandHandler: StockAdjustmentConsumer,
        imports: [AdjustmentModule],
      },
      openBroker,
    );
    return {
      module: InventoryMessagingModule,
      imports: [messaging],
      controllers: [KafkaStatusGrpcController],
    };
  }
}
