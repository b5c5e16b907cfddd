import { Injectable } from '@nestjs/common';
import { type PipelinedTransaction, ReadLane } from '@app/postgres';
import type { StockCount } from './adjustment';

/** A held reservation whose units are not all on hand. */
export interface UnmetReservation {
  readonly id: string;
  readonly quantity: number;
  readonly createdAt: Date;
}

/** The holds among some consecutive movements of a SKU. */
export interface HoldPage {
  /** Reservations that are still held, the youngest first. */
  readonly holds: readonly UnmetReservation[];
  /** Sequence number of the oldest movement that was read; null if there was none. */
  readonly firstSeq: number | null;
}

interface HoldRow {
  readonly firstSeq: number | null;
  readonly id: string | null;
  readonly quantity: number;
  readonly createdAt: Date;
}

const PAGE_SIZE = 5_000;

/** All SQL for the effect of an adjustment on reservations. */
@Injectable()
export class AdjustmentRepository {
  constructor(private readonly reads: ReadLane) {}

  /** Runs `work` in a transaction that sees one moment of the database. */
  async withSnapshot<Result>(work: (tx: PipelinedTransaction) => Promise<Result>): Promise<Result> {
    return this.reads.snapshot(work);
  }

  /** Returns when SKUs were counted last. SKUs that never were are absent. */
  async findCounts(tx: PipelinedTransaction, skus: readonly string[]): Promise<StockCount[]> {
    return tx.query<StockCount>(
      'select sku, counted_at as "countedAt" from stock_count where sku = any($1)',
      [skus],
    );
  }

  /** Records counts, each in place of the one before. The levels of the SKUs must be locked. */
  async recordCounts(tx: PipelinedTransaction, counts: readonly StockCount[]): Promise<void> {
    await tx.query(
      `insert into stock_count (sku, counted_at)
       select * from unnest($1::text[], $2::timestamptz[]) as new (sku) order by sku collate "C"
       on conflict (sku) do update set counted_at = excluded.counted_at`,
      [counts.map(({ sku }) => sku), counts.map(({ countedAt }) => countedAt)],
    );
  }

  /** Returns the units that are reserved but not on hand. */
  async shortfallOf(tx: PipelinedTransaction, sku: string): Promise<number> {
    const [level] = await tx.query<{ shortfall: number }>(
      'select greatest(0, reserved - on_hand) as shortfall from stock_level where sku = $1',
      [sku],
    );
    return level?.shortfall ?? 0;
  }

  /** Reads the 5,000 movements of the SKU before `beforeSeq`; the newest ones if it is null. */
  async holdsBefore(
    tx: PipelinedTransaction,
    sku: string,
    beforeSeq: number | null,
  ): Promise<HoldPage> {
    const rows = await tx.query<HoldRow>(
      `with page as materialized (
         select seq, kind, reservation_id from stock_movement
          where sku = $1 and seq < coalesce($2::bigint, 9223372036854775807)
          order by seq desc limit ${PAGE_SIZE})
       select (select min(seq) from page)::float8 as "firstSeq", held.*
         from (select) as always
         left join (
           select r.id, l.quantity, r.created_at as "createdAt", m.seq
             from page m join reservation r on r.id = m.reservation_id
             join reservation_line l on l.reservation_id = r.id and l.sku = $1
            where m.kind = 'HELD' and r.state = 'HELD') held on true
        order by held.seq desc`,
      [sku, beforeSeq],
    );
    return {
      firstSeq: rows[0]?.firstSeq ?? null,
      holds: rows.flatMap(({ id, quantity, createdAt }) =>
        id === null ? [] : [{ id, quantity, createdAt }],
      ),
    };
  }
}
