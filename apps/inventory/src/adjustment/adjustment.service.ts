import { Injectable } from '@nestjs/common';
import { GROUP_LIMITS, GroupCommit, type CancellationSignal } from '@app/batching';
import { LIMITS } from '@app/contracts';
import { ServiceError } from '@app/errors';
import { CommandRejected } from '@app/events';
import { Database, type PipelinedTransaction } from '@app/postgres';
import { LedgerRepository } from '../stock/ledger.repository';
import { DecisionService } from '../reservation/decision.service';
import type { Movement, StockLevel } from '../stock/stock';
import { StockRepository } from '../stock/stock.repository';
import { type Adjustment, type AdjustmentOutcome, decideAdjustments } from './adjustment';
import { AdjustmentRepository } from './adjustment.repository';
import { type UnmetReservations, UnmetReservationsService } from './unmet-reservations.service';

export interface AdjustmentResult extends UnmetReservations {
  readonly movement: Movement;
  /** The present level. */
  readonly level: StockLevel;
  /** Whether an earlier call recorded the adjustment. This call then changed nothing. */
  readonly alreadyRecorded: boolean;
}

/** Corrects the units on hand. */
@Injectable()
export class AdjustmentService {
  private readonly groups = new GroupCommit<Adjustment, AdjustmentOutcome>(
    (adjustments) => this.adjustBatch(adjustments),
    { what: 'adjustments', ...GROUP_LIMITS },
  );

  constructor(
    private readonly database: Database,
    private readonly stock: StockRepository,
    private readonly ledger: LedgerRepository,
    private readonly counts: AdjustmentRepository,
    private readonly unmetReservations: UnmetReservationsService,
    private readonly decisions: DecisionService,
  ) {}

  /**
   * Records an adjustment once per id. Resolves after the commit. An adjustment whose signal is aborted
   * before its turn is not recorded. Throws CommandRejected with STALE_COUNT if `countedAt` is before the
   * last recorded count.
   */
  async adjust(adjustment: Adjustment, signal?: CancellationSignal): Promise<AdjustmentResult> {
    const outcome = recordedOrThrow(await this.decide(adjustment, signal), adjustment);
    const { movement, level, alreadyRecorded } = outcome;
    const unmet =
      level.shortfall > 0 ? await this.unmetReservations.find(level.sku) : NO_UNMET_RESERVATIONS;
    return { movement, level, alreadyRecorded, ...unmet };
  }

  /** Expires due holds before it rejects an adjustment because of reserved units. */
  private async decide(
    adjustment: Adjustment,
    signal?: CancellationSignal,
  ): Promise<AdjustmentOutcome> {
    const outcome = await this.groups.submit(adjustment, signal);
    if (outcome.kind !== 'belowReserved') return outcome;
    const hasExpiredAny = await this.decisions.expireAllDueOf([adjustment.sku]);
    return hasExpiredAny ? this.groups.submit(adjustment, signal) : outcome;
  }

  private adjustBatch(adjustments: readonly Adjustment[]): Promise<readonly AdjustmentOutcome[]> {
    return this.database.transaction(async (tx) => {
      const skus = [...new Set(adjustments.map(({ sku }) => sku))];
      const levels = await this.stock.lock(tx, skus);
      if (levels.length < skus.length) await this.stock.lockNewSkusShared(tx);
      const ids = adjustments.map(({ id }) => id);
      const recorded = await this.ledger.findAdjustments(tx, ids);
      const state = {
        levels: new Map(levels.map((level) => [level.sku, level])),
        recorded: new Map(recorded.map((movement) => [movement.adjustmentId ?? '', movement])),
        lastCounts: await this.findLastCounts(tx, adjustments),
        now: await this.stock.now(tx),
      };
      const decisions = decideAdjustments(state, adjustments);
      const { outcomes, movements, created, updated, counts } = decisions;
      if (created.length > 0) await this.stock.insert(tx, created);
      if (updated.length > 0) await this.stock.update(tx, updated);
      if (movements.length > 0) await this.ledger.append(tx, movements);
      if (counts.length > 0) await this.counts.recordCounts(tx, counts);
      return outcomes;
    });
  }

  /** The levels are locked, so no other count of their SKUs is being recorded. */
  private async findLastCounts(
    tx: PipelinedTransaction,
    adjustments: readonly Adjustment[],
  ): Promise<Map<string, Date>> {
    const dated = adjustments.filter(({ countedAt }) => countedAt !== undefined);
    const skus = [...new Set(dated.map(({ sku }) => sku))];
    const counts = skus.length > 0 ? await this.counts.findCounts(tx, skus) : [];
    return new Map(counts.map(({ sku, countedAt }) => [sku, countedAt]));
  }
}

const NO_UNMET_RESERVATIONS: UnmetReservations = { unmet: [], isIncomplete: false };

const recordedOrThrow = (
  outcome: AdjustmentOutcome,
  { id, expectedOnHand }: Adjustment,
): Extract<AdjustmentOutcome, { kind: 'recorded' }> => {
  switch (outcome.kind) {
    case 'recorded':
      return outcome;
    case 'mismatch':
      throw new ServiceError(
        'ADJUSTMENT_MISMATCH',
        `Adjustment ${id} is already recorded with another ${outcome.differsIn.join(', ')}. Use a new adjustment_id, or repeat it unchanged.`,
        { metadata: { adjustment_id: id, sku: outcome.movement.sku, seq: outcome.movement.seq } },
      );
    case 'unexpected':
      throw rejection('STOCK_CHANGED', outcome.level, `not the expected ${expectedOnHand}`);
    case 'stale':
      throw new CommandRejected(
        'STALE_COUNT',
        `${outcome.sku} was counted again later, at ${outcome.lastCountedAt.toISOString()}.`,
      );
    case 'belowReserved':
      throw rejection(
        'STOCK_RESERVED',
        outcome.level,
        `and ${outcome.onHandAfter} on hand would be fewer than reserved; release reservations, or set allow_shortfall`,
      );
    case 'belowZero':
      throw rejection(
        'STOCK_OUT_OF_RANGE',
        outcome.level,
        `and ${outcome.onHandAfter} on hand would be less than 0`,
      );
    case 'aboveLimit':
      throw rejection(
        'STOCK_OUT_OF_RANGE',
        outcome.level,
        `and ${outcome.onHandAfter} on hand would be more than ${LIMITS.maxOnHand}`,
      );
  }
};

const rejection = (
  reason: 'STOCK_CHANGED' | 'STOCK_RESERVED' | 'STOCK_OUT_OF_RANGE',
  { sku, onHand, reserved }: StockLevel,
  explanation: string,
): ServiceError => {
  const balance = `${onHand} on hand and ${reserved} reserved`;
  return new ServiceError(reason, `${sku} has ${balance}, ${explanation}.`, {
    metadata: { sku, on_hand: onHand, reserved },
    preconditions: [{ subject: `sku/${sku}`, description: balance }],
  });
};
