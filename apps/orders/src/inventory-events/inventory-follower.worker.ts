import { Injectable } from '@nestjs/common';
import { PollingWorker } from '@app/runtime';
import { InventoryFollower } from './inventory-follower.service';

/** Pause before Inventory is followed again, and between two looks whether its follower has died. */
const RETRY_INTERVAL_MS = 1_000;
const PRUNE_INTERVAL_MS = 600_000;

/** Follows the event log of Inventory. */
@Injectable()
export class InventoryFollowerWorker extends PollingWorker {
  constructor(follower: InventoryFollower) {
    super(() => follower.follow(), {
      what: 'follow the events of Inventory',
      intervalMs: RETRY_INTERVAL_MS,
      stopsEarly: true,
    });
  }
}

/** Deletes old stock events. */
@Injectable()
export class StockEventPruneWorker extends PollingWorker {
  constructor(follower: InventoryFollower) {
    super(() => follower.prune(), {
      what: 'delete old stock events',
      intervalMs: PRUNE_INTERVAL_MS,
    });
  }
}
