import { Injectable } from '@nestjs/common';
import { ServiceError } from '@app/errors';
import { Database } from '@app/postgres';
import { LedgerRepository } from './ledger.repository';
import { move, noStock, type StockLevel } from './stock';
import { StockRepository } from './stock.repository';

export interface StockPage {
  readonly levels: readonly StockLevel[];
  /** The SKU to go on behind. Undefined: this was the last page. */
  readonly next: string | undefined;
}

/** Tells what there is. */
@Injectable()
export class StockService {
  constructor(
    private readonly database: Database,
    private readonly stock: StockRepository,
    private readonly ledger: LedgerRepository,
  ) {}

  /** Levels in the order asked; undefined where the SKU is not known. */
  async levelsOf(skus: readonly string[]): Promise<(StockLevel | undefined)[]> {
    return inOrder(skus, await this.stock.find(skus));
  }

  /**
   * Levels as they were at a time past, by the ledger. Whoever is deciding on one of the SKUs is
   * waited for, so that the answer for a time never changes.
   */
  async levelsAt(skus: readonly string[], at: Date): Promise<(StockLevel | undefined)[]> {
    return this.database.transaction(async (tx) => {
      await this.stock.lockShared(tx, skus);
      const now = await this.stock.now(tx);
      if (at > now) {
        throw ServiceError.invalid([{ field: 'at', fault: 'must not be later than now' }]);
      }
      // Whoever decides behind our locks must not be able to do so at that very time.
      if (at.getTime() === now.getTime()) await this.stock.passMillisecond(tx);
      return inOrder(skus, await this.ledger.levelsAt(tx, skus, at));
    });
  }

  async page(after: string, limit: number): Promise<StockPage> {
    const rows = await this.stock.page(after, limit + 1);
    const levels = rows.slice(0, limit);
    return { levels, next: rows.length > limit ? levels.at(-1)?.sku : undefined };
  }

  /** Fills an empty database, and leaves any other as it is. Gives whether it filled it. */
  async seed(seeds: readonly Pick<StockLevel, 'sku' | 'onHand'>[]): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      if (!(await this.stock.lockIfEmpty(tx))) return false;
      await this.stock.announceNewSkus(tx);
      const now = await this.stock.now(tx);
      const moved = seeds.map(({ sku, onHand }) =>
        move(noStock(sku), { ...SEED, onHandDelta: onHand, adjustmentId: `seed-${sku}` }, now),
      );
      await this.stock.insert(
        tx,
        moved.map(({ level }) => level),
      );
      await this.ledger.append(
        tx,
        moved.map(({ movement }) => movement),
      );
      return true;
    });
  }
}

const SEED = {
  kind: 'ADJUSTED',
  reservedDelta: 0,
  reason: 'seed',
  actor: 'inventory',
  allowShortfall: false,
} as const;

const inOrder = (
  skus: readonly string[],
  levels: readonly StockLevel[],
): (StockLevel | undefined)[] => {
  const found = new Map(levels.map((level) => [level.sku, level]));
  return skus.map((sku) => found.get(sku));
};
