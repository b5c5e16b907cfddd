import { type DynamicModule, Module } from '@nestjs/common';
import { Database } from '@app/postgres';
import { EventsRepository } from '../events/events.repository';
import { WebhookController } from './webhook.controller';
import { WebhookDeliveryClient } from './webhook-delivery.client';
import { WebhookDeliveryController } from './webhook-delivery.controller';
import { WebhookDeliveryRepository } from './webhook-delivery.repository';
import { WEBHOOK_EVENTS, WebhookDispatcher } from './webhook-dispatcher.service';
import { WebhookDispatcherWorker } from './webhook-dispatcher.worker';
import { WEBHOOK_OPTIONS, type WebhookOptions } from './webhook-options';
import { WebhookRepository } from './webhook.repository';
import { WebhookService } from './webhook.service';

/** Sends the events of the log to endpoints of other systems. */
@Module({})
export class WebhooksModule {
  static with(options: WebhookOptions): DynamicModule {
    return {
      module: WebhooksModule,
      controllers: [WebhookController, WebhookDeliveryController],
      providers: [
        { provide: WEBHOOK_OPTIONS, useValue: options },
        {
          provide: WEBHOOK_EVENTS,
          inject: [Database],
          useFactory: (database: Database) => new EventsRepository(database),
        },
        WebhookRepository,
        WebhookDeliveryRepository,
        WebhookDeliveryClient,
        WebhookService,
        WebhookDispatcher,
        WebhookDispatcherWorker,
      ],
    };
  }
}
