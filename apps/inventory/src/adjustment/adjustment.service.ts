import { Injectable } from '@nestjs/common';
import { LIMITS } from '@app/contracts';
import { ServiceError } from '@app/errors';
import { Database, GROUP_LIMITS, GroupCommit, type IsAwaited } from '@app/postgres';
import { LedgerRepository } from '../stock/ledger.repository';
import { DecisionService } from '../reservation/decision.service';
import type { Movement, StockLevel } from '../stock/stock';
import { StockRepository } from '../stock/stock.repository';
import { type Adjustment, type AdjustmentOutcome, decideAdjustments } from './adjustment';
import { AdjustmentRepository, type UnmetReservation } from './adjustment.repository';

const MAX_UNMET = 1_000;

export interface Adjusted {
  readonly movement: Movement;
  /** The level now. */
  readonly level: StockLevel;
  /** Held reservations that what is on hand does not suffice for, the youngest first. */
  readonly unmet: readonly UnmetReservation[];
  /** Whether it had been made before, so that nothing was changed now. */
  readonly alreadyRecorded: boolean;
}

/** Corrects what is on hand. */
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
    private readonly adjustments: AdjustmentRepository,
    private readonly decisions: DecisionService,
  ) {}

  /**
   * Makes an adjustment, once for its id. Answers after its commit. Does not begin with it when
   * nobody waits for it any more.
   */
  async adjust(adjustment: Adjustment, isAwaited?: IsAwaited): Promise<Adjusted> {
    const outcome = recordedOf(await this.decide(adjustment, isAwaited), adjustment);
    const { movement, level, alreadyRecorded } = outcome;
    const isShort = level.shortfall > 0;
    const unmet = isShort ? await this.adjustments.unmet(level.sku, MAX_UNMET) : [];
    return { movement, level, unmet, alreadyRecorded };
  }

  /** Before it is refused for what is reserved, holds whose time has run out are ended. */
  private async decide(adjustment: Adjustment, isAwaited?: IsAwaited): Promise<AdjustmentOutcome> {
    const outcome = await this.groups.submit(adjustment, isAwaited);
    if (outcome.kind !== 'belowReserved') return outcome;
    const endedAny = await this.decisions.expireAllDueOn([adjustment.sku]);
    return endedAny ? this.groups.submit(adjustment, isAwaited) : outcome;
  }

  private adjustBatch(adjustments: readonly Adjustment[]): Promise<readonly AdjustmentOutcome[]> {
    return this.database.transaction(async (tx) => {
      const skus = [...new Set(adjustments.map(({ sku }) => sku))];
      const levels = await this.stock.lock(tx, skus);
      if (levels.length < skus.length) await this.stock.announceNewSkus(tx);
      const ids = adjustments.map(({ id }) => id);
      const recorded = await this.ledger.findAdjustments(tx, ids);
      const state = {
        levels: new Map(levels.map((level) => [level.sku, level])),
        recorded: new Map(recorded.map((movement) => [movement.adjustmentId ?? '', movement])),
        now: await this.stock.now(tx),
      };
      const { outcomes, movements, created, updated } = decideAdjustments(state, adjustments);
      if (created.length > 0) await this.stock.insert(tx, created);
      if (updated.length > 0) await this.stock.update(tx, updated);
      if (movements.length > 0) await this.ledger.append(tx, movements);
      return outcomes;
    });
  }
}

const recordedOf = (
  outcome: AdjustmentOutcome,
  { id, expectedOnHand }: Adjustment,
): Extract<AdjustmentOutcome, { kind: 'recorded' }> => {
  switch (outcome.kind) {
    case 'recorded':
      return outcome;
    case 'mismatch':
      throw new ServiceError(
        'ADJUSTMENT_MISMATCH',
        `Adjustment ${id} was made before and is another: it differs in ${outcome.differsIn.join(', ')}. Use a new adjustment_id, or repeat it unchanged.`,
        { metadata: { adjustment_id: id, sku: outcome.movement.sku, seq: outcome.movement.seq } },
      );
    case 'unexpected':
      throw refused('STOCK_CHANGED', outcome.level, `not ${expectedOnHand} as expected`);
    case 'belowReserved':
      throw refused(
        'STOCK_RESERVED',
        outcome.level,
        `and ${outcome.onHandAfter} would not suffice for what is reserved; release reservations, or set allow_shortfall`,
      );
    case 'belowZero':
      throw refused('STOCK_OUT_OF_RANGE', outcome.level, `and less than 0 cannot be left`);
    case 'aboveLimit':
      throw refused(
        'STOCK_OUT_OF_RANGE',
        outcome.level,
        `and ${outcome.onHandAfter} would be more than ${LIMITS.maxOnHand}`,
      );
  }
};

const refused = (
  reason: 'STOCK_CHANGED' | 'STOCK_RESERVED' | 'STOCK_OUT_OF_RANGE',
  { sku, onHand, reserved }: StockLevel,
  why: string,
): ServiceError => {
  const there = `${onHand} on hand and ${reserved} reserved`;
  return new ServiceError(reason, `${sku} has ${there}, ${why}.`, {
    metadata: { sku, on_hand: onHand, reserved },
    preconditions: [{ subject: `sku/${sku}`, description: there }],
  });
};
