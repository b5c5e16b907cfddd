import { Injectable } from '@nestjs/common';
import { Database } from '@app/postgres';
import { move, type StockLevel } from './stock';
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
  ) {}

  /** Levels in the order asked; undefined where the SKU is not known. */
  async levelsOf(skus: readonly string[]): Promise<(StockLevel | undefined)[]> {
    const found = new Map((await this.stock.find(skus)).map((level) => [level.sku, level]));
    return skus.map((sku) => found.get(sku));
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
      const moved = seeds.map(({ sku, onHand }) =>
        move(
          { sku, onHand: 0, reserved: 0, lastSeq: 0 },
          {
            kind: 'ADJUSTED',
            onHandDelta: onHand,
            reservedDelta: 0,
            reservationId: null,
            reason: 'seed',
          },
        ),
      );
      await this.stock.insert(
        tx,
        moved.map(({ level }) => level),
      );
      await this.stock.append(
        tx,
        moved.map(({ movement }) => movement),
      );
      return true;
    });
  }
}
