import { Injectable } from '@nestjs/common';
import {
  type LaneRequest,
  type PipelinedTransaction,
  PreparedStatement,
  ReadLane,
} from '@app/postgres';
import type { StockLevel } from './stock';

/** The sequence fits a double for the next 285 years at a million movements a second. */
const SELECT = `
  select sku, on_hand as "onHand", reserved, shortfall, last_seq::float8 as "lastSeq",
         updated_at as "updatedAt"
    from stock_level`;

/** The same with thresholds, for clients. */
const SELECT_WITH_THRESHOLD = `
  select l.sku, on_hand as "onHand", reserved, shortfall, last_seq::float8 as "lastSeq",
         updated_at as "updatedAt",
         case when t.sku is not null then
           json_build_object('lowAt', t.low_at, 'replenishedAt', t.replenished_at, 'isLow', t.is_low)
         end as threshold
    from stock_level l left join stock_threshold t on t.sku = l.sku`;

const LOCK = new PreparedStatement(`${SELECT} where sku = any($1) order by sku for update`);

const UPDATE = new PreparedStatement(`
  update stock_level l
    set on_hand = new.on_hand, reserved = new.reserved, shortfall = new.shortfall,
        last_seq = new.last_seq, updated_at = new.updated_at
   from unnest($1::text[], $2::int[], $3::int[], $4::int[], $5::bigint[], $6::timestamptz[])
        as new (sku, on_hand, reserved, shortfall, last_seq, updated_at)
  where l.sku = new.sku`);

/** Concurrent callers share these reads. */
const SHARED: LaneRequest = { isLimited: true };

/** Follows every character that a SKU may have, in byte order. */
const AFTER_SKU_CHARACTERS = '{';

/** Where a page of levels begins. */
export interface StockStart {
  /** The SKU before the first one. Empty: none. */
  readonly after: string;
  /** What the SKUs begin with. Empty: anything. */
  readonly prefix: string;
}

const NEW_SKUS = `hashtextextended('quickbite.stock.new-skus', 0)`;

/** All SQL for levels. */
@Injectable()
export class StockRepository {
  constructor(private readonly reads: ReadLane) {}

  /** Returns the levels of the known SKUs, in no particular order. */
  async find(skus: readonly string[], request: LaneRequest): Promise<StockLevel[]> {
    const short = { ...request, isShort: true };
    return this.reads.query<StockLevel>(
      `${SELECT_WITH_THRESHOLD} where l.sku = any($1)`,
      [skus],
      short,
    );
  }

  /** Returns levels in SKU order. Reads no entry of the index beyond the prefix. */
  async page(
    { after, prefix }: StockStart,
    limit: number,
    request: LaneRequest,
  ): Promise<StockLevel[]> {
    return this.reads.query<StockLevel>(
      `${SELECT_WITH_THRESHOLD}
        where l.sku > $1 collate "C" and l.sku >= $3 collate "C" and l.sku < $4 collate "C"
        order by l.sku limit $2`,
      [after, limit, prefix, prefix + AFTER_SKU_CHARACTERS],
      request,
    );
  }

  /** Locks in SKU order, so that concurrent baskets with common SKUs queue instead of deadlocking. */
  async lock(tx: PipelinedTransaction, skus: readonly string[]): Promise<StockLevel[]> {
    return tx.query<StockLevel>(LOCK, [skus]);
  }

  /**
   * Returns the open transactions that may change levels: those with a lock on the table that is
   * stronger than that of a reader or of VACUUM. Locks nothing.
   */
  async findWriters(): Promise<string[]> {
    const rows = await this.reads.query<{ writer: string }>(
      `select distinct virtualtransaction as writer from pg_locks
        where locktype = 'relation' and relation = 'stock_level'::regclass and granted
          and database = (select oid from pg_database where datname = current_database())
          and mode not in ('AccessShareLock', 'ShareUpdateExclusiveLock', 'ShareLock')`,
      [],
      SHARED,
    );
    return rows.map(({ writer }) => writer);
  }

  /** Reads the database's time outside a transaction. */
  async readClock(): Promise<Date> {
    const [row] = await this.reads.query<{ now: Date }>(
      'select clock_timestamp() as now',
      [],
      SHARED,
    );
    if (!row) throw new Error('Postgres returned no time');
    return row.now;
  }

  /**
   * Call it before `now` in a transaction that inserts levels. Instances of the version before wait
   * for it when they read a level at a past time.
   */
  async lockNewSkusShared(tx: PipelinedTransaction): Promise<void> {
    await tx.query(`select pg_advisory_xact_lock_shared(${NEW_SKUS})`);
  }

  /**
   * Reads the database's time. Call it after the locks are acquired, so that the later of two decisions
   * on a SKU has the later time.
   */
  async now(tx: PipelinedTransaction): Promise<Date> {
    const row = await tx.queryOne<{ now: Date }>('select clock_timestamp() as now');
    return row.now;
  }

  /** Returns whether there are no levels. Other processes wait until the transaction ends. */
  async lockIfEmpty(tx: PipelinedTransaction): Promise<boolean> {
    await tx.query('lock table stock_level in share row exclusive mode');
    const row = await tx.queryOne<{ empty: boolean }>(
      'select not exists (select from stock_level) as empty',
    );
    return row.empty;
  }

  /** Inserts in SKU order, so that processes with the same new SKUs queue instead of deadlocking. */
  async insert(tx: PipelinedTransaction, levels: readonly StockLevel[]): Promise<void> {
    await tx.query(
      `insert into stock_level (sku, on_hand, reserved, shortfall, last_seq, updated_at)
       select * from unnest($1::text[], $2::int[], $3::int[], $4::int[], $5::bigint[],
                            $6::timestamptz[]) as new (sku) order by sku collate "C"`,
      columnsOf(levels),
    );
  }

  /** Updates locked levels. */
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
