import { Injectable } from '@nestjs/common';
import { type Page, pageOf } from '@app/contracts';
import { Database, type LaneRequest } from '@app/postgres';
import { LedgerRepository } from './ledger.repository';
import { applyChange, emptyLevel, orderBySkus, type StockLevel } from './stock';
import { StockRepository, type StockStart } from './stock.repository';

/** Reads the present stock. */
@Injectable()
export class StockService {
  constructor(
    private readonly database: Database,
    private readonly stock: StockRepository,
    private readonly ledger: LedgerRepository,
  ) {}

  /** Returns the levels in the order of `skus`: undefined for an unknown SKU. */
  async levelsOf(
    skus: readonly string[],
    request: LaneRequest = {},
  ): Promise<(StockLevel | undefined)[]> {
    return orderBySkus(skus, await this.stock.find(skus, request));
  }

  /** Returns the present time of the database; undefined before it was read. */
  databaseTime(): Date | undefined {
    const nowMs = this.database.clock.nowMs();
    return nowMs === undefined ? undefined : new Date(nowMs);
  }

  /** Returns a page of levels in SKU order. */
  async page(
    start: StockStart,
    limit: number,
    request: LaneRequest = {},
  ): Promise<Page<StockLevel>> {
    const rows = await this.stock.page(start, limit + 1, request);
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
