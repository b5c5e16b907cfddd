import { Injectable } from '@nestjs/common';
import type { LineDto, ReservationStateName, ShortageReasonName } from '@app/contracts';
import {
  awaitPipelined,
  type LaneRequest,
  type PipelinedTransaction,
  PreparedStatement,
  ReadLane,
} from '@app/postgres';
import { heldLinesOf } from './reduction';
import { decidedLines, type Reservation } from './reservation';
import type { LockedState } from './unit-of-work';

interface ReservationRecord {
  readonly id: string;
  readonly state: ReservationStateName;
  readonly expiresAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly lines: readonly (LineDto & {
    readonly available: number | null;
    readonly shortage: ShortageReasonName | null;
  })[];
  readonly reductions: number;
  /** The lines of which fewer units are left, as they were held. Null without a reduction. */
  readonly reduced: readonly LineDto[] | null;
}

const SELECT = `
  select r.id, r.state, r.expires_at as "expiresAt", r.created_at as "createdAt",
         r.updated_at as "updatedAt",
         coalesce((select json_agg(json_build_object('sku', l.sku, 'quantity', l.quantity,
                            'available', l.available, 'shortage', l.shortage) order by l.sku)
                     from reservation_line l where l.reservation_id = r.id), '[]') as lines,
         r.reductions,
         case when r.reductions > 0 then
           (select json_agg(json_build_object('sku', d.sku, 'quantity', d.quantity))
              from reduced_line d where d.reservation_id = r.id) end as reduced
    from reservation r`;

const SELECT_SKUS = new PreparedStatement(
  `select distinct sku from reservation_line where reservation_id = any($1)`,
);

const LOCK = new PreparedStatement(`${SELECT} where r.id = any($1) order by r.id for update of r`);

const READ_CLOCK = new PreparedStatement(`
  select clock_timestamp() as now, forgotten_before as "forgottenBefore"
  from tombstone_horizon`);

const INSERT = new PreparedStatement(`
  insert into reservation (id, state, expires_at, created_at, updated_at)
  select * from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[],
                       $5::timestamptz[]) as new (id) order by id collate "C"`);

const UPDATE = new PreparedStatement(`
  update reservation r
    set state = new.state, expires_at = new.expires_at, updated_at = new.updated_at
   from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[])
        as new (id, state, expires_at, updated_at)
  where r.id = new.id`);

const SELECT_DUE_BY_SKUS = new PreparedStatement(`
  select distinct reservation_id as id
  from (select reservation_id from reservation_line
         where sku = any($1) and held_until <= clock_timestamp() limit $2) due`);

const INSERT_LINES = new PreparedStatement(`
  insert into reservation_line (reservation_id, sku, quantity, available, shortage, held_until)
  select * from unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::text[],
                       $6::timestamptz[])`);

/** Keeps how many units of a line were held at first, and deletes lines of which none are left. */
const REDUCE = new PreparedStatement(`
  with counted as (
    update reservation r set reductions = new.reductions
      from unnest($1::text[], $2::smallint[]) as new (id, reductions) where r.id = new.id),
  remembered as (
    insert into reduced_line (reservation_id, sku, quantity)
    select id, sku, held from unnest($3::text[], $4::text[], $5::int[]) as new (id, sku, held)
        on conflict do nothing),
  emptied as (
    delete from reservation_line l
     using unnest($3::text[], $4::text[], $6::int[]) as new (id, sku, units)
     where l.reservation_id = new.id and l.sku = new.sku and new.units = 0)
  update reservation_line l set quantity = new.units
    from unnest($3::text[], $4::text[], $6::int[]) as new (id, sku, units)
   where l.reservation_id = new.id and l.sku = new.sku and new.units > 0`);

/** As in the index reservation_tombstone. The first 48 bits of a UUIDv7 are its time in ms. */
const UUID_V7 = `'^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'`;
const UUID_V7_TIME = `to_timestamp(
  ('x0000' || left(id, 8) || substr(id, 10, 4))::bit(64)::bigint / 1000.0)`;

const toReservation = ({ lines, reduced, ...row }: ReservationRecord): Reservation => ({
  ...row,
  lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
  heldLines: reduced && heldLinesOf(lines, reduced),
  shortages: lines.flatMap(({ sku, quantity, available, shortage }) =>
    shortage === null || available === null
      ? []
      : [{ sku, requested: quantity, available, reason: shortage }],
  ),
});

/** The held_until of its lines: null unless they hold units with an expiry. */
const heldUntil = ({ state, expiresAt }: Reservation): Date | null =>
  state === 'HELD' ? expiresAt : null;

/** All SQL for reservations. */
@Injectable()
export class ReservationRepository {
  constructor(private readonly reads: ReadLane) {}

  /** Reads without a lock. `isDue` is therefore true only at the time of the read. */
  async find(
    id: string,
    request: LaneRequest,
  ): Promise<{ reservation: Reservation; isDue: boolean } | undefined> {
    const [row] = await this.reads.query<ReservationRecord & { isDue: boolean }>(
      `select found.*, state = 'HELD' and coalesce("expiresAt" <= clock_timestamp(), false) as "isDue"
         from (${SELECT} where r.id = $1) found`,
      [id],
      { ...request, isShort: true },
    );
    if (!row) return undefined;
    const { isDue, ...record } = row;
    return { reservation: toReservation(record), isDue };
  }

  /** Returns the SKUs of these reservations, without a lock. The caller then locks their levels. */
  async skusOf(tx: PipelinedTransaction, ids: readonly string[]): Promise<string[]> {
    const rows = await tx.query<{ sku: string }>(SELECT_SKUS, [ids]);
    return rows.map(({ sku }) => sku);
  }

  /**
   * Locks in id order. Call it after the levels are locked, so that it sees what other processes
   * decided on the same SKUs.
   */
  async lock(tx: PipelinedTransaction, ids: readonly string[]): Promise<Reservation[]> {
    const rows = await tx.query<ReservationRecord>(LOCK, [ids]);
    return rows.map(toReservation);
  }

  /**
   * Reads the database's time, and the time before which tombstones may have been deleted. Call it
   * after the locks are acquired: the later of two decisions on a SKU then has the later time. Call
   * it after the reservations are read: a tombstone deleted by then is behind this horizon.
   */
  async readClock(tx: PipelinedTransaction): Promise<Pick<LockedState, 'now' | 'forgottenBefore'>> {
    return tx.queryOne<Pick<LockedState, 'now' | 'forgottenBefore'>>(READ_CLOCK);
  }

  /** Inserts in id order, so that processes with the same ids queue instead of deadlocking. */
  async insert(tx: PipelinedTransaction, reservations: readonly Reservation[]): Promise<void> {
    const inserted = tx.query(INSERT, [
      reservations.map(({ id }) => id),
      reservations.map(({ state }) => state),
      reservations.map(({ expiresAt }) => expiresAt),
      reservations.map(({ createdAt }) => createdAt),
      reservations.map(({ updatedAt }) => updatedAt),
    ]);
    await awaitPipelined([inserted, this.insertLines(tx, reservations)]);
  }

  /** Updates locked reservations. */
  async update(tx: PipelinedTransaction, reservations: readonly Reservation[]): Promise<void> {
    await tx.query(UPDATE, [
      reservations.map(({ id }) => id),
      reservations.map(({ state }) => state),
      reservations.map(({ expiresAt }) => expiresAt),
      reservations.map(({ updatedAt }) => updatedAt),
    ]);
  }

  /** Writes the lines of reduced reservations. Those that were not reduced stay as they are. */
  async reduce(tx: PipelinedTransaction, reservations: readonly Reservation[]): Promise<void> {
    const lines = reservations.flatMap((reservation) =>
      decidedLines(reservation).flatMap(({ sku, quantity: held }) => {
        const units = reservation.lines.find((line) => line.sku === sku)?.quantity ?? 0;
        return units < held ? [{ id: reservation.id, sku, held, units }] : [];
      }),
    );
    await tx.query(REDUCE, [
      reservations.map(({ id }) => id),
      reservations.map(({ reductions }) => reductions),
      lines.map(({ id }) => id),
      lines.map(({ sku }) => sku),
      lines.map(({ held }) => held),
      lines.map(({ units }) => units),
    ]);
  }

  /** Updates held_until of the lines that have one. */
  async updateHeldUntil(
    tx: PipelinedTransaction,
    reservations: readonly Reservation[],
  ): Promise<void> {
    await tx.query(
      `update reservation_line l set held_until = new.held_until
         from unnest($1::text[], $2::timestamptz[]) as new (id, held_until)
        where l.reservation_id = new.id`,
      [reservations.map(({ id }) => id), reservations.map(heldUntil)],
    );
  }

  /** Returns the ids of due holds, the oldest first. */
  async findDue(tx: PipelinedTransaction, limit: number): Promise<string[]> {
    const rows = await tx.query<{ id: string }>(
      `select id from reservation where state = 'HELD' and expires_at <= clock_timestamp()
        order by expires_at limit $1`,
      [limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Returns the ids of due holds that have lines of these SKUs. */
  async findDueBySkus(
    tx: PipelinedTransaction,
    skus: readonly string[],
    limit: number,
  ): Promise<string[]> {
    const rows = await tx.query<{ id: string }>(SELECT_DUE_BY_SKUS, [skus, limit]);
    return rows.map(({ id }) => id);
  }

  /** Returns false while another process has this lock. The transaction's end releases it. */
  async tryAdvisoryLock(tx: PipelinedTransaction, name: 'sweep' | 'forget'): Promise<boolean> {
    const row = await tx.queryOne<{ locked: boolean }>(
      `select pg_try_advisory_xact_lock(hashtextextended('quickbite.reservation.' || $1, 0)) as locked`,
      [name],
    );
    return row.locked;
  }

  /**
   * Rejects new reservations whose UUIDv7 id is older than `retentionMs`, from now on and on all
   * instances, even those with a longer retention. The horizon never moves back, so it uses the earlier
   * of the clocks of the database and this process: one that is ahead would reject all new orders.
   * Returns the time of the horizon.
   */
  async advanceHorizon(tx: PipelinedTransaction, retentionMs: number): Promise<Date> {
    const row = await tx.queryOne<{ forgottenBefore: Date }>(
      `update tombstone_horizon
          set forgotten_before = greatest(forgotten_before,
                least(clock_timestamp(), $2::timestamptz) - $1 * interval '1 millisecond')
       returning forgotten_before as "forgottenBefore"`,
      [retentionMs, new Date()],
    );
    return row.forgottenBefore;
  }

  /**
   * Deletes tombstones whose ids are older than `before`. Returns their number. Skips those that a
   * decision has locked: their order is not that of ids, so waiting for them could deadlock.
   */
  async deleteTombstones(tx: PipelinedTransaction, before: Date, limit: number): Promise<number> {
    return tx.execute(
      `delete from reservation
        where id in (
          select id from reservation r
           where state = 'RELEASED' and created_at = updated_at and id ~* ${UUID_V7}
             and created_at < $1 and ${UUID_V7_TIME} < $1
             and not exists (select from reservation_line l where l.reservation_id = r.id)
           order by created_at limit $2 for update skip locked)`,
      [before, limit],
    );
  }

  private async insertLines(
    tx: PipelinedTransaction,
    reservations: readonly Reservation[],
  ): Promise<void> {
    const lines = reservations.flatMap((reservation) =>
      reservation.lines.map((line) => ({
        sku: line.sku,
        quantity: line.quantity,
        id: reservation.id,
        shortage: reservation.shortages.find(({ sku }) => sku === line.sku),
        heldUntil: heldUntil(reservation),
      })),
    );
    if (lines.length === 0) return;
    await tx.query(INSERT_LINES, [
      lines.map(({ id }) => id),
      lines.map(({ sku }) => sku),
      lines.map(({ quantity }) => quantity),
      lines.map(({ shortage }) => shortage?.available ?? null),
      lines.map(({ shortage }) => shortage?.reason ?? null),
      lines.map(({ heldUntil }) => heldUntil),
    ]);
  }
}
