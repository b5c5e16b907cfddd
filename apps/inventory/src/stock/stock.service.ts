import { Injectable } from '@nestjs/common';
import { type Page, pageOf } from '@app/contracts';
import { ServiceError } from '@app/errors';
import { Database } from '@app/postgres';
import { LedgerRepository } from './ledger.repository';
import { applyChange, emptyLevel, type StockLevel } from './stock';
import { StockRepository } from './stock.repository';

/** Reads the stock, now or at a past time. */
@Injectable()
export class StockService {
  constructor(
    private readonly database: Database,
    private readonly stock: StockRepository,
    private readonly ledger: LedgerRepository,
  ) {}

  /** Returns the levels in the order of `skus`: undefined for an unknown SKU. */
  async levelsOf(skus: readonly string[]): Promise<(StockLevel | undefined)[]> {
    return orderBySkus(skus, await this.stock.find(skus));
  }

  /**
   * Returns the levels at a past time, from the ledger. It waits for transactions that change one of
   * the SKUs, so the result for a time never changes.
   */
  async levelsAt(skus: readonly string[], at: Date): Promise<(StockLevel | undefined)[]> {
    return this.database.transaction(async (tx) => {
      await this.stock.lockShared(tx, skus);
      const now = await this.stock.now(tx);
      if (at > now) {
        throw ServiceError.invalid([{ field: 'at', fault: 'must not be later than now' }]);
      }
      // A transaction that waits for these locks must not record a movement at the same millisecond.
      if (at.getTime() === now.getTime()) await this.stock.waitOneMillisecond(tx);
      return orderBySkus(skus, await this.ledger.levelsAt(tx, skus, at));
    });
  }

  /** Returns a page of levels in SKU order, behind the SKU `after`. */
  async page(after: string, limit: number): Promise<Page<StockLevel>> {
    const rows = await this.stock.page(after, limit + 1);
    return pageOf(rows, limit, ({ sku }) => sku);
  }

  /** Inserts levels if there are none. Returns whether it did. */
  async seed(seeds: readonly Pick<StockLevel, 'sku' | 'onHand'>[]): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      if (!(await this.stock.lockIfEmpty(tx))) return false;
      await this.stock.lockNewSkusShared(tx);
      const now = await this.stock.now(tx);
      const applied = seeds.map(({ sku, onHand }) =>
        applyChange(
          emptyLevel(sku),
          { ...SEED, onHandDelta: onHand, adjustmentId: `seed-${sku}` },
          now,
        ),
      );
      await this.stock.insert(
        tx,
        applied.map(({ level }) => level),
      );
      await this.ledger.append(
        tx,
        applied.map(({ movement }) => movement),
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

const orderBySkus = (
  skus: readonly string[],
  levels: readonly StockLevel[],
): (StockLevel | undefined)[] => {
  const found = new Map(levels.map((level) => [level.sku, level]));
  return skus.map((sku) => found.get(sku));
};
