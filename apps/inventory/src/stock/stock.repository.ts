import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database } from '@app/postgres';
import type { Movement, StockLevel } from './stock';

/** The sequence fits a double for the next 285 years at a million movements a second. */
const SELECT = `
  select sku, on_hand as "onHand", reserved, last_seq::float8 as "lastSeq" from stock_level`;

/** All SQL about levels and the ledger. */
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
  async lock(tx: EntityManager, skus: readonly string[]): Promise<StockLevel[]> {
    return tx.query<StockLevel[]>(`${SELECT} where sku = any($1) order by sku for update`, [skus]);
  }

  /** The time of the transaction, by the database's clock. */
  async transactionTime(tx: EntityManager): Promise<Date> {
    const [row] = await tx.query<[{ now: Date }]>('select now() as now');
    return row.now;
  }

  /** Keeps other processes from filling an empty database at the same time. */
  async lockIfEmpty(tx: EntityManager): Promise<boolean> {
    await tx.query('lock table stock_level in share row exclusive mode');
    const [row] = await tx.query<[{ empty: boolean }]>(
      'select not exists (select from stock_level) as empty',
    );
    return row.empty;
  }

  async insert(tx: EntityManager, levels: readonly StockLevel[]): Promise<void> {
    await tx.query(
      `insert into stock_level (sku, on_hand, reserved, last_seq)
       select * from unnest($1::text[], $2::int[], $3::int[], $4::bigint[])`,
      columnsOf(levels),
    );
  }

  /** Writes levels that are locked. */
  async update(tx: EntityManager, levels: readonly StockLevel[]): Promise<void> {
    await tx.query(
      `update stock_level l
          set on_hand = new.on_hand, reserved = new.reserved, last_seq = new.last_seq
         from unnest($1::text[], $2::int[], $3::int[], $4::bigint[])
              as new (sku, on_hand, reserved, last_seq)
        where l.sku = new.sku`,
      columnsOf(levels),
    );
  }

  async append(tx: EntityManager, movements: readonly Movement[]): Promise<void> {
    await tx.query(
      `insert into stock_movement (sku, seq, kind, on_hand_delta, reserved_delta,
                                   on_hand_after, reserved_after, reservation_id, reason)
       select * from unnest($1::text[], $2::bigint[], $3::text[], $4::int[], $5::int[],
                            $6::int[], $7::int[], $8::text[], $9::text[])`,
      [
        movements.map(({ sku }) => sku),
        movements.map(({ seq }) => seq),
        movements.map(({ kind }) => kind),
        movements.map(({ onHandDelta }) => onHandDelta),
        movements.map(({ reservedDelta }) => reservedDelta),
        movements.map(({ onHandAfter }) => onHandAfter),
        movements.map(({ reservedAfter }) => reservedAfter),
        movements.map(({ reservationId }) => reservationId),
        movements.map(({ reason }) => reason),
      ],
    );
  }
}

const columnsOf = (levels: readonly StockLevel[]): unknown[] => [
  levels.map(({ sku }) => sku),
  levels.map(({ onHand }) => onHand),
  levels.map(({ reserved }) => reserved),
  levels.map(({ lastSeq }) => lastSeq),
];
