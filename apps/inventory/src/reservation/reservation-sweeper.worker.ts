import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Poller } from '@app/runtime';
import { DecisionService } from './decision.service';

export const SWEEPER_SETTINGS = Symbol('SWEEPER_SETTINGS');

export interface SweeperSettings {
  /** Interval between two searches for due holds. */
  readonly intervalMs: number;
  /** Age of an id at which its tombstone is deleted. */
  readonly tombstoneRetentionMs: number;
}

const PRUNE_INTERVAL_MS = 3_600_000;

/**
 * Expires due holds and deletes old tombstones. Every instance runs one, and an advisory lock lets one
 * at a time work. No decision depends on it: a basket that needs due units expires their holds itself.
 */
@Injectable()
export class ReservationSweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly pollers: readonly Poller[];

  constructor(
    decisions: DecisionService,
    @Inject(SWEEPER_SETTINGS) { intervalMs, tombstoneRetentionMs }: SweeperSettings,
  ) {
    this.pollers = [
      new Poller(() => decisions.expireDue(), { what: 'expire due holds', intervalMs }),
      new Poller(() => decisions.pruneTombstones(tombstoneRetentionMs), {
        what: 'delete old tombstones',
        intervalMs: PRUNE_INTERVAL_MS,
      }),
    ];
  }

  onApplicationBootstrap(): void {
    for (const poller of this.pollers) poller.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.pollers.map((worker) => worker.stop()));
  }
}
