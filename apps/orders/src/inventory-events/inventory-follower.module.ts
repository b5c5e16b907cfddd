import { type DynamicModule, Module } from '@nestjs/common';
import { type ClientSecurity, PLAINTEXT } from '@app/tls';
import { FOLLOWED_INVENTORY, InventoryEventsClient } from './inventory-events.client';
import { StockEventRepository } from './stock-event.repository';
import { InventoryFollower } from './inventory-follower.service';
import { InventoryFollowerWorker, StockEventPruneWorker } from './inventory-follower.worker';

/** Follows Inventory's event log and publishes its stock events in Orders' log. */
@Module({})
export class InventoryFollowerModule {
  /** The parameters are those of `InventoryChannelModule`. */
  static at(addresses: string, security: ClientSecurity = PLAINTEXT): DynamicModule {
    return {
      module: InventoryFollowerModule,
      providers: [
        { provide: FOLLOWED_INVENTORY, useValue: { addresses, security } },
        InventoryEventsClient,
        StockEventRepository,
        InventoryFollower,
        InventoryFollowerWorker,
        StockEventPruneWorker,
      ],
    };
  }
}
