import { type DynamicModule, Module } from '@nestjs/common';
import type { KafkaConfig } from '@app/config';
import { MessagingModule, type OpenBroker } from '@app/events';
import { EventsRepository, type LoggedEvent } from '../events/events.repository';
import { isStockEvent, keyOf, toPublicEvent } from '../events/order-log-event';
import { OrderCommandConsumer } from '../order-commands/order-command.consumer';

const TOPICS = {
  events: 'orders.v1',
  commands: 'order-commands.v1',
  deadLetters: 'orders.dlq.v1',
  group: 'quickbite-orders',
} as const;

/** Publishes the events of orders and webhooks, and consumes commands about orders. */
@Module({})
export class OrdersMessagingModule {
  /** Without settings for Kafka the module does nothing. */
  static with(
    config: KafkaConfig | undefined,
    orderModule: DynamicModule,
    openBroker?: OpenBroker,
  ): DynamicModule {
    const messaging = MessagingModule.with<LoggedEvent>(
      config,
      {
        topics: TOPICS,
        source: '/quickbite/orders',
        createReader: (database) => new EventsRepository(database),
        toPublished: (logged) => {
          // Inventory publishes its stock events itself.
          const event = isStockEvent(logged) ? undefined : toPublicEvent(logged);
          return event && { event, key: keyOf(event) };
        },
        commandHandler: OrderCommandConsumer,
        imports: [orderModule],
      },
      openBroker,
    );
    return { module: OrdersMessagingModule, imports: [messaging] };
  }
}
