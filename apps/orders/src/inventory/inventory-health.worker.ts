import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Poller } from '@app/runtime';
import { InventoryAvailability } from './inventory-availability';

/** The longest time until the return of Inventory is noticed. */
const POLL_INTERVAL_MS = 100;

/** Checks Inventory's health whenever calls to it fail. */
@Injectable()
export class InventoryHealthChecker implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly poller = new Poller(() => this.probe(), {
    what: "check Inventory's health",
    intervalMs: POLL_INTERVAL_MS,
  });

  constructor(private readonly availability: InventoryAvailability) {}

  onApplicationBootstrap(): void {
    this.poller.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.poller.stop();
  }

  private async probe(): Promise<false> {
    await this.availability.probe();
    return false;
  }
}
