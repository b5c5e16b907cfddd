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
  /** How often holds are looked for whose time has run out. */
  readonly intervalMs: number;
  /** How long a tombstone is kept, counted from when its id was made. */
  readonly tombstoneRetentionMs: number;
}

const PRUNE_INTERVAL_MS = 3_600_000;

/**
 * Gives back the units of holds whose time has run out, and deletes old tombstones. Every instance
 * runs one; they take turns. Nobody depends on it: who needs units that are due takes them back.
 */
@Injectable()
export class ReservationSweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly pollers: readonly Poller[];

  constructor(
    decisions: DecisionService,
    @Inject(SWEEPER_SETTINGS) { intervalMs, tombstoneRetentionMs }: SweeperSettings,
  ) {
    this.pollers = [
      new Poller(() => decisions.expireDue(), { what: 'expire holds', intervalMs }),
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
