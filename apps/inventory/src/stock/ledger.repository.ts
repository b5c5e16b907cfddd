import { Injectable } from '@nestjs/common';
import { Database, type PipelinedTransaction, PreparedStatement } from '@app/postgres';
import type { Movement, StockLevel } from './stock';

const COLUMNS = `
  m.sku, m.seq::float8 as seq, m.kind, m.on_hand_delta as "onHandDelta",
  m.reserved_delta as "reservedDelta", m.on_hand_after as "onHandAfter",
  m.reserved_after as "reservedAfter", m.reservation_id as "reservationId",
  m.adjustment_id as "adjustmentId", m.reason, m.actor, m.occurred_at as "occurredAt"`;

const APPEND = new PreparedStatement(`
  insert into stock_movement (sku, seq, kind, on_hand_delta, reserved_delta, on_hand_after,
                              reserved_after, reservation_id, adjustment_id, reason, actor,
                              occurred_at)
  select * from unnest($1::text[], $2::bigint[], $3::text[], $4::int[], $5::int[], $6::int[],
                       $7::int[], $8::text[], $9::text[], $10::text[], $11::text[],
                       $12::timestamptz[])`);

export interface MovementFilter {
  readonly sku?: string;
  readonly reservationId?: string;
  readonly afterSeq: number;
  readonly limit: number;
}

/** A position in the ledger of one SKU: behind its movement `seq`. */
export interface LedgerPosition {
  readonly sku: string;
  readonly seq: number;
}

/** All SQL for the ledger, which is append-only. */
@Injectable()
export class LedgerRepository {
  constructor(private readonly database: Database) {}

  /** Appends movements, each with the next sequence number of its locked level. */
  async append(tx: PipelinedTransaction, movements: readonly Movement[]): Promise<void> {
    await tx.query(APPEND, [
      movements.map(({ sku }) => sku),
      movements.map(({ seq }) => seq),
      movements.map(({ kind }) => kind),
      movements.map(({ onHandDelta }) => onHandDelta),
      movements.map(({ reservedDelta }) => reservedDelta),
      movements.map(({ onHandAfter }) => onHandAfter),
      movements.map(({ reservedAfter }) => reservedAfter),
      movements.map(({ reservationId }) => reservationId),
      movements.map(({ adjustmentId }) => adjustmentId),
      movements.map(({ reason }) => reason),
      movements.map(({ actor }) => actor),
      movements.map(({ occurredAt }) => occurredAt),
    ]);
  }

  /** Returns movements in the order of SKU and sequence number. */
  async list({ sku, reservationId, afterSeq, limit }: MovementFilter): Promise<Movement[]> {
    return this.database.queryWithCustomPlan<Movement>(
      `select ${COLUMNS} from stock_movement m
        where ($1::text is null or m.sku = $1) and ($2::text is null or m.reservation_id = $2)
          and m.seq > $3
        order by m.sku, m.seq limit $4`,
      [sku ?? null, reservationId ?? null, afterSeq, limit],
    );
  }

  /** Returns the movements behind each position in order, at most `limitEach` of each SKU. */
  async listAfter(positions: readonly LedgerPosition[], limitEach: number): Promise<Movement[]> {
    return this.database.query<Movement>(
      `select m.* from unnest($1::text[], $2::bigint[]) as seen (sku, seq)
        cross join lateral (
          select ${COLUMNS} from stock_movement m
           where m.sku = seen.sku and m.seq > seen.seq order by m.seq limit $3) m
        order by m.sku, m.seq`,
      [positions.map(({ sku }) => sku), positions.map(({ seq }) => seq), limitEach],
    );
  }

  /** Returns the movements of adjustments that were recorded before. */
  async findAdjustments(tx: PipelinedTransaction, ids: readonly string[]): Promise<Movement[]> {
    return tx.query<Movement>(
      `select ${COLUMNS} from stock_movement m where m.adjustment_id = any($1)`,
      [ids],
    );
  }

  /** Returns the levels at a past time. SKUs without a movement by then are absent. */
  async levelsAt(skus: readonly string[], at: Date): Promise<StockLevel[]> {
    return this.database.query<StockLevel>(
      `select m.sku, m.on_hand_after as "onHand", m.reserved_after as reserved,
              greatest(0, m.reserved_after - m.on_hand_after) as shortfall,
              m.seq::float8 as "lastSeq", m.occurred_at as "updatedAt"
         from unnest($1::text[]) as requested (sku) cross join lateral (
           select * from stock_movement m where m.sku = requested.sku and m.occurred_at <= $2
            order by m.occurred_at desc, m.seq desc limit 1) m`,
      [skus, at],
    );
  }
}
