import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database } from '@app/postgres';
import type { Line, Reservation, ReservationState, Shortage } from './reservation';

interface ReservationRecord {
  readonly id: string;
  readonly state: ReservationState;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly lines: readonly (Line & {
    readonly available: number | null;
    readonly shortage: Shortage['reason'] | null;
  })[];
}

const SELECT = `
  select r.id, r.state, r.created_at as "createdAt", r.updated_at as "updatedAt",
         coalesce((select json_agg(json_build_object('sku', l.sku, 'quantity', l.quantity,
                            'available', l.available, 'shortage', l.shortage) order by l.sku)
                     from reservation_line l where l.reservation_id = r.id), '[]') as lines
    from reservation r`;

const toReservation = ({ lines, ...row }: ReservationRecord): Reservation => ({
  ...row,
  lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
  shortages: lines.flatMap(({ sku, quantity, available, shortage }) =>
    shortage === null || available === null
      ? []
      : [{ sku, requested: quantity, available, reason: shortage }],
  ),
});

/** All SQL about reservations. */
@Injectable()
export class ReservationRepository {
  constructor(private readonly database: Database) {}

  async find(id: string): Promise<Reservation | undefined> {
    const [row] = await this.database.query<ReservationRecord>(`${SELECT} where r.id = $1`, [id]);
    return row && toReservation(row);
  }

  /** The SKUs that these reservations have lines of. Not locked: only to learn what to lock. */
  async skusOf(tx: EntityManager, ids: readonly string[]): Promise<string[]> {
    const rows = await tx.query<{ sku: string }[]>(
      `select distinct sku from reservation_line where reservation_id = any($1)`,
      [ids],
    );
    return rows.map(({ sku }) => sku);
  }

  /**
   * Locks in id order. Called after the levels are locked, so that what another process decided on
   * the same SKUs is seen.
   */
  async lock(tx: EntityManager, ids: readonly string[]): Promise<Reservation[]> {
    const rows = await tx.query<ReservationRecord[]>(
      `${SELECT} where r.id = any($1) order by r.id for update of r`,
      [ids],
    );
    return rows.map(toReservation);
  }

  /** In id order, so that processes that claim the same ids queue up instead of deadlocking. */
  async insert(tx: EntityManager, reservations: readonly Reservation[]): Promise<void> {
    await tx.query(
      `insert into reservation (id, state, created_at, updated_at)
       select id, state, now(), now()
         from unnest($1::text[], $2::text[]) as new (id, state) order by id collate "C"`,
      [reservations.map(({ id }) => id), reservations.map(({ state }) => state)],
    );
    const lines = reservations.flatMap(({ id, lines, shortages }) =>
      lines.map((line) => ({ id, ...line, short: shortages.find(({ sku }) => sku === line.sku) })),
    );
    if (lines.length === 0) return;
    await tx.query(
      `insert into reservation_line (reservation_id, sku, quantity, available, shortage)
       select * from unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::text[])`,
      [
        lines.map(({ id }) => id),
        lines.map(({ sku }) => sku),
        lines.map(({ quantity }) => quantity),
        lines.map(({ short }) => short?.available ?? null),
        lines.map(({ short }) => short?.reason ?? null),
      ],
    );
  }

  /** Moves reservations that are locked to their new states. */
  async updateStates(tx: EntityManager, reservations: readonly Reservation[]): Promise<void> {
    await tx.query(
      `update reservation r set state = new.state, updated_at = now()
         from unnest($1::text[], $2::text[]) as new (id, state)
        where r.id = new.id`,
      [reservations.map(({ id }) => id), reservations.map(({ state }) => state)],
    );
  }
}
