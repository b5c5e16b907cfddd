import { Injectable } from '@nestjs/common';
import { cutPage, type Page, type PageRow } from '@app/contracts';
import {
  type LaneRequest,
  type PipelinedTransaction,
  PreparedStatement,
  ReadLane,
} from '@app/postgres';
import type { Movement, StockLevel } from './stock';

const COLUMNS = `
  m.sku, m.seq::float8 as seq, m.kind, m.on_hand_delta as "onHandDelta",
  m.reserved_delta as "reservedDelta", m.on_hand_after as "onHandAfter",
  m.reserved_after as "reservedAfter", m.reservation_id as "reservationId",
  m.adjustment_id as "adjustmentId", m.reason, m.actor, m.occurred_at as "occurredAt"`;

/** At most what a movement takes in a response: its texts, numbers, time and tags. */
const BYTES = `
  160 + octet_length(found.sku) + octet_length(coalesce(found.reservation_id, ''))
      + octet_length(coalesce(found.adjustment_id, '')) + octet_length(coalesce(found.reason, ''))
      + octet_length(coalesce(found.actor, ''))`;

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

/** One read at a time polls for all watch calls, and two let them catch up. */
const WATCH: LaneRequest = { isLimited: true };

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
  constructor(private readonly reads: ReadLane) {}

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

  /**
   * Returns movements in the order of SKU and sequence number: up to `limit`, and fewer if they would
   * take more than `maxBytes`, but at least one.
   */
  async page(
    { sku, reservationId, afterSeq, limit }: MovementFilter,
    maxBytes: number,
    request: LaneRequest,
  ): Promise<Page<Movement, number>> {
    const rows = await this.reads.queryWithCustomPlan<PageRow<Movement>>(
      `select ${COLUMNS}, m.found::int
         from (
           select found.*, count(*) over () as found, row_number() over earlier as nth,
                  sum(${BYTES}) over earlier as bytes
             from (
               select * from stock_movement m
                where ($1::text is null or m.sku = $1)
                  and ($2::text is null or m.reservation_id = $2) and m.seq > $3
                order by m.sku, m.seq limit $4 + 1) found
           window earlier as (order by found.sku, found.seq rows unbounded preceding)) m
        where m.nth = 1 or m.nth <= $4 and m.bytes <= $5
        order by m.sku, m.seq`,
      [sku ?? null, reservationId ?? null, afterSeq, limit, maxBytes],
      request,
    );
    return cutPage(rows, ({ seq }) => seq);
  }

  /**
   * Returns the movements behind each position in order, at most `limitEach` of each SKU. Looks up the
   * movement of a position only if another one follows it.
   */
  async listAfter(positions: readonly LedgerPosition[], limitEach: number): Promise<MovementPage> {
    const rows = await this.reads.query<Movement & { readonly isLost: boolean }>(
      `select m.*, case when m.seq = seen.seq + 1 then ${IS_LOST} else false end as "isLost"
         from ${POSITIONS}
        cross join lateral (
          select ${COLUMNS} from stock_movement m
           where m.sku = seen.sku and m.seq > seen.seq order by m.seq limit $4) m
        order by m.sku, m.seq`,
      [...positionColumns(positions), limitEach],
      WATCH,
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
    const rows = await this.reads.query<{ readonly nth: number }>(
      `select seen.nth::int from ${POSITIONS} where ${IS_LOST}`,
      positionColumns(timed),
      WATCH,
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
  async levelsAt(skus: readonly string[], at: Date, request: LaneRequest): Promise<StockLevel[]> {
    return this.reads.query<StockLevel>(
      `select m.sku, m.on_hand_after as "onHand", m.reserved_after as reserved,
              greatest(0, m.reserved_after - m.on_hand_after) as shortfall,
              m.seq::float8 as "lastSeq", m.occurred_at as "updatedAt"
         from unnest($1::text[]) as requested (sku) cross join lateral (
           select * from stock_movement m where m.sku = requested.sku and m.occurred_at <= $2
            order by m.occurred_at desc, m.seq desc limit 1) m`,
      [skus, at],
      request,
    );
  }
}
