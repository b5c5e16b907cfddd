import { Inject, Injectable } from '@nestjs/common';
import { PollingWorker } from '@app/runtime';
import { DecisionService } from './decision.service';

export const SWEEPER_SETTINGS = Symbol('SWEEPER_SETTINGS');

export interface SweeperSettings {
  /** Interval between two searches for due holds. */
  readonly intervalMs: number;
  /** Age of an id at which its tombstone is deleted. */
  readonly tombstoneRetentionMs: number;
}

/**
 * Expires due holds. Every instance runs one, and an advisory lock lets one at a time work. No decision
 * depends on it: a basket that needs due units expires their holds itself.
 */
@Injectable()
export class ReservationSweeper extends PollingWorker {
  constructor(
    decisions: DecisionService,
    @Inject(SWEEPER_SETTINGS) { intervalMs }: SweeperSettings,
  ) {
    super(() => decisions.expireDue(), { what: 'expire due holds', intervalMs, stopsEarly: true });
  }
}

/** Deletes old tombstones. Every instance runs one, and an advisory lock lets one at a time work. */
@Injectable()
export class TombstonePruner extends PollingWorker {
  constructor(
    decisions: DecisionService,
    @Inject(SWEEPER_SETTINGS) { tombstoneRetentionMs }: SweeperSettings,
  ) {
    super(() => decisions.pruneTombstones(tombstoneRetentionMs), {
      what: 'delete old tombstones',
      intervalMs: 3_600_000,
      stopsEarly: true,
    });
  }
}
