import { Injectable } from '@nestjs/common';
import { Database, type PipelinedTransaction, PreparedStatement } from '@app/postgres';
import type { StockLevel } from './stock';

/** The sequence fits a double for the next 285 years at a million movements a second. */
const SELECT = `
  select sku, on_hand as "onHand", reserved, shortfall, last_seq::float8 as "lastSeq",
         updated_at as "updatedAt"
    from stock_level`;

const LOCK = new PreparedStatement(`${SELECT} where sku = any($1) order by sku for update`);

const UPDATE = new PreparedStatement(`
  update stock_level l
    set on_hand = new.on_hand, reserved = new.reserved, shortfall = new.shortfall,
        last_seq = new.last_seq, updated_at = new.updated_at
   from unnest($1::text[], $2::int[], $3::int[], $4::int[], $5::bigint[], $6::timestamptz[])
        as new (sku, on_hand, reserved, shortfall, last_seq, updated_at)
  where l.sku = new.sku`);

const NEW_SKUS = `hashtextextended('quickbite.stock.new-skus', 0)`;

/** All SQL about levels. */
@Injectable()
export class StockRepository {
  constructor(private readonly database: Database) {}

  async find(skus: readonly string[]): Promise<StockLevel[]> {
    return this.database.query<StockLevel>(`${SELECT} where sku = any($1)`, [skus]);
  }

  /** In SKU order, behind `after`. */
  async page(after: string, limit: number): Promise<StockLevel[]> {
    return this.database.query<StockLevel>(
      `${SELECT} where sku > $1 collate "C" order by sku limit $2`,
      [after, limit],
    );
  }

  /** Locks in SKU order, so that baskets which share SKUs queue up instead of deadlocking. */
  async lock(tx: PipelinedTransaction, skus: readonly string[]): Promise<StockLevel[]> {
    return tx.query<StockLevel>(LOCK, [skus]);
  }

  /**
   * Waits for whoever is changing these levels, and lets others do the same. A SKU that is only just
   * becoming known has no level to be locked: whoever makes any known is waited for instead.
   */
  async lockShared(tx: PipelinedTransaction, skus: readonly string[]): Promise<void> {
    const lock = `select sku from stock_level where sku = any($1) order by sku for share`;
    const locked = await tx.query(lock, [skus]);
    if (locked.length === new Set(skus).size) return;
    await tx.query(`select pg_advisory_xact_lock(${NEW_SKUS})`);
    await tx.query(lock, [skus]);
  }

  /** To be called before the time is read by whoever is about to make SKUs known. */
  async lockNewSkusShared(tx: PipelinedTransaction): Promise<void> {
    await tx.query(`select pg_advisory_xact_lock_shared(${NEW_SKUS})`);
  }

  /** Lets the present millisecond pass, as the finest time that anything is recorded with. */
  async waitOneMillisecond(tx: PipelinedTransaction): Promise<void> {
    await tx.query('select pg_sleep(0.001)');
  }

  /**
   * The time by the database's clock. Asked for after the locks are taken, so that of two decisions
   * on a SKU the later one has the later time.
   */
  async now(tx: PipelinedTransaction): Promise<Date> {
    const row = await tx.queryOne<{ now: Date }>('select clock_timestamp() as now');
    return row.now;
  }

  /** Keeps other processes from filling an empty database at the same time. */
  async lockIfEmpty(tx: PipelinedTransaction): Promise<boolean> {
    await tx.query('lock table stock_level in share row exclusive mode');
    const row = await tx.queryOne<{ empty: boolean }>(
      'select not exists (select from stock_level) as empty',
    );
    return row.empty;
  }

  /** In SKU order, so that processes that make the same SKUs known queue up instead of deadlocking. */
  async insert(tx: PipelinedTransaction, levels: readonly StockLevel[]): Promise<void> {
    await tx.query(
      `insert into stock_level (sku, on_hand, reserved, shortfall, last_seq, updated_at)
       select * from unnest($1::text[], $2::int[], $3::int[], $4::int[], $5::bigint[],
                            $6::timestamptz[]) as new (sku) order by sku collate "C"`,
      columnsOf(levels),
    );
  }

  /** Writes levels that are locked. */
  async update(tx: PipelinedTransaction, levels: readonly StockLevel[]): Promise<void> {
    await tx.query(UPDATE, columnsOf(levels));
  }
}

const columnsOf = (levels: readonly StockLevel[]): unknown[] => [
  levels.map(({ sku }) => sku),
  levels.map(({ onHand }) => onHand),
  levels.map(({ reserved }) => reserved),
  levels.map(({ shortfall }) => shortfall),
  levels.map(({ lastSeq }) => lastSeq),
  levels.map(({ updatedAt }) => updatedAt),
];
