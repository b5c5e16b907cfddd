import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database, prepared } from '@app/postgres';
import type { Movement, StockLevel } from './stock';

const COLUMNS = `
  m.sku, m.seq::float8 as seq, m.kind, m.on_hand_delta as "onHandDelta",
  m.reserved_delta as "reservedDelta", m.on_hand_after as "onHandAfter",
  m.reserved_after as "reservedAfter", m.reservation_id as "reservationId",
  m.adjustment_id as "adjustmentId", m.reason, m.actor, m.occurred_at as "occurredAt"`;

export interface MovementFilter {
  readonly sku?: string;
  readonly reservationId?: string;
  readonly afterSeq: number;
  readonly limit: number;
}

/** A place in the ledger of one SKU: behind its movement `seq`. */
export interface Position {
  readonly sku: string;
  readonly seq: number;
}

/** All SQL about the ledger, which is only ever added to. */
@Injectable()
export class LedgerRepository {
  constructor(private readonly database: Database) {}

  async append(tx: EntityManager, movements: readonly Movement[]): Promise<void> {
    await tx.query(
      prepared(`insert into stock_movement (sku, seq, kind, on_hand_delta, reserved_delta, on_hand_after,
                                   reserved_after, reservation_id, adjustment_id, reason, actor,
                                   occurred_at)
       select * from unnest($1::text[], $2::bigint[], $3::text[], $4::int[], $5::int[], $6::int[],
                            $7::int[], $8::text[], $9::text[], $10::text[], $11::text[],
                            $12::timestamptz[])`),
      [
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
      ],
    );
  }

  /** In the order of SKU and sequence number. */
  async list({ sku, reservationId, afterSeq, limit }: MovementFilter): Promise<Movement[]> {
    return this.database.search<Movement>(
      `select ${COLUMNS} from stock_movement m
        where ($1::text is null or m.sku = $1) and ($2::text is null or m.reservation_id = $2)
          and m.seq > $3
        order by m.sku, m.seq limit $4`,
      [sku ?? null, reservationId ?? null, afterSeq, limit],
    );
  }

  /** What followed each of the positions, in order, up to `limitEach` for one SKU. */
  async since(positions: readonly Position[], limitEach: number): Promise<Movement[]> {
    return this.database.query<Movement>(
      `select m.* from unnest($1::text[], $2::bigint[]) as seen (sku, seq)
        cross join lateral (
          select ${COLUMNS} from stock_movement m
           where m.sku = seen.sku and m.seq > seen.seq order by m.seq limit $3) m
        order by m.sku, m.seq`,
      [positions.map(({ sku }) => sku), positions.map(({ seq }) => seq), limitEach],
    );
  }

  async findAdjustments(tx: EntityManager, ids: readonly string[]): Promise<Movement[]> {
    return tx.query<Movement[]>(
      `select ${COLUMNS} from stock_movement m where m.adjustment_id = any($1)`,
      [ids],
    );
  }

  /** Levels as they were at a time. An unknown SKU, or one that was not known yet, is left out. */
  async levelsAt(tx: EntityManager, skus: readonly string[], at: Date): Promise<StockLevel[]> {
    return tx.query<StockLevel[]>(
      `select m.sku, m.on_hand_after as "onHand", m.reserved_after as reserved,
              greatest(0, m.reserved_after - m.on_hand_after) as shortfall,
              m.seq::float8 as "lastSeq", m.occurred_at as "updatedAt"
         from unnest($1::text[]) as wanted (sku) cross join lateral (
           select * from stock_movement m where m.sku = wanted.sku and m.occurred_at <= $2
            order by m.occurred_at desc, m.seq desc limit 1) m`,
      [skus, at],
    );
  }
}
