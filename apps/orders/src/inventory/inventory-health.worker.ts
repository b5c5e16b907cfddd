import { Injectable } from '@nestjs/common';
import { PollingWorker } from '@app/runtime';
import { InventoryAvailability } from './inventory-availability';

/** The longest time until the return of Inventory is noticed. */
const POLL_INTERVAL_MS = 100;

/** Checks Inventory's health whenever calls to it fail. */
@Injectable()
export class InventoryHealthChecker extends PollingWorker {
  constructor(availability: InventoryAvailability) {
    super(() => availability.probe().then(() => false), {
      what: "check Inventory's health",
      intervalMs: POLL_INTERVAL_MS,
    });
  }
}
