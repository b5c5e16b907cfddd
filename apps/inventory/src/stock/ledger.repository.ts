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

/** A position in the ledger of one SKU: behind its movement `seq`. 0 is before the first movement. */
export interface LedgerPosition {
  readonly sku: string;
  readonly seq: number;
  /** Time of that movement. It tells the movement from another one with the same number. Absent: any. */
  readonly occurredAt?: Date | undefined;
}

/** Movements behind some positions. */
export interface MovementPage {
  readonly movements: readonly Movement[];
  /** SKUs that have movements behind their position, but not the movement of the position itself. */
  readonly lost: readonly string[];
}

/**
 * Whether the ledger lacks the movement of the position `seen`. The scalar subquery makes Postgres look
 * it up by its index. Databases that others have filled may have times with microseconds.
 */
const IS_LOST = `
  seen.occurred_at is not null and seen.seq > 0 and (
    select date_trunc('milliseconds', p.occurred_at) from stock_movement p
     where p.sku = seen.sku and p.seq = seen.seq) is distinct from seen.occurred_at`;

const POSITIONS = `
  unnest($1::text[], $2::bigint[], $3::timestamptz[])
    with ordinality as seen (sku, seq, occurred_at, nth)`;

const positionColumns = (positions: readonly LedgerPosition[]): unknown[] => [
  positions.map(({ sku }) => sku),
  positions.map(({ seq }) => seq),
  positions.map(({ occurredAt }) => occurredAt ?? null),
];

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

  /**
   * Returns the movements behind each position in order, at most `limitEach` of each SKU. Looks up the
   * movement of a position only if another one follows it.
   */
  async listAfter(positions: readonly LedgerPosition[], limitEach: number): Promise<MovementPage> {
    const rows = await this.database.query<Movement & { readonly isLost: boolean }>(
      `select m.*, case when m.seq = seen.seq + 1 then ${IS_LOST} else false end as "isLost"
         from ${POSITIONS}
        cross join lateral (
          select ${COLUMNS} from stock_movement m
           where m.sku = seen.sku and m.seq > seen.seq order by m.seq limit $4) m
        order by m.sku, m.seq`,
      [...positionColumns(positions), limitEach],
    );
    const lost = new Set<string>();
    const movements: Movement[] = [];
    for (const { isLost, ...movement } of rows) {
      // The first movement behind a position comes first, and only that one is marked.
      if (isLost) lost.add(movement.sku);
      if (!lost.has(movement.sku)) movements.push(movement);
    }
    return { movements, lost: [...lost] };
  }

  /** Returns the positions whose movement is not in the ledger. A position without a time is ignored. */
  async findLost(positions: readonly LedgerPosition[]): Promise<LedgerPosition[]> {
    const timed = positions.filter(({ occurredAt }) => occurredAt);
    if (timed.length === 0) return [];
    const rows = await this.database.query<{ readonly nth: number }>(
      `select seen.nth::int from ${POSITIONS} where ${IS_LOST}`,
      positionColumns(timed),
    );
    return rows.flatMap(({ nth }) => timed[nth - 1] ?? []);
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
