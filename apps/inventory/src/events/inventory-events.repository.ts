import { Inject, Injectable } from '@nestjs/common';
import type { LineDto, ShortageDto } from '@app/contracts';
import { type LogEntry, LoggedEventRepository, type LogReads } from '@app/events';
import { type LaneRequest, PreparedStatement, ReadLane } from '@app/postgres';
import { type EventRef, type MovedKind, parseRef, timeOf } from './event-ref';
import type { InventoryEvent, ReservationEvent, StockAdjustedEvent } from './inventory-event';

/** An event of Inventory's log with its place. */
export type LoggedEvent = InventoryEvent & LogEntry;

interface MovedRow {
  readonly id: string;
  readonly kind: MovedKind;
  readonly items: readonly LineDto[];
  readonly wasHeld: boolean;
  readonly time: Date;
}

interface RejectedRow {
  readonly id: string;
  readonly items: readonly LineDto[];
  readonly shortages: readonly ShortageDto[] | null;
  readonly time: Date;
}

type AdjustedRow = Omit<StockAdjustedEvent, 'eventId' | 'type'>;

/** A hold that was committed in the statement that held it has movements of both kinds. */
const MOVED = new PreparedStatement(`
  select m.reservation_id as id, m.kind, max(m.occurred_at) as time,
         json_agg(json_build_object('sku', m.sku,
                                    'quantity', greatest(abs(m.reserved_delta), -m.on_hand_delta))
                  order by m.sku) as items,
         bool_or(m.reserved_delta <> 0) as "wasHeld"
    from unnest($1::text[], $2::text[]) as wanted (id, kind)
    join stock_movement m on m.reservation_id = wanted.id and m.kind = wanted.kind
   group by m.reservation_id, m.kind`);

const REJECTED = new PreparedStatement(`
  select r.id, r.created_at as time,
         json_agg(json_build_object('sku', l.sku, 'quantity', l.quantity) order by l.sku) as items,
         json_agg(json_build_object('sku', l.sku, 'requested', l.quantity,
                                    'available', l.available, 'reason', l.shortage) order by l.sku)
           filter (where l.shortage is not null) as shortages
    from reservation r join reservation_line l on l.reservation_id = r.id
   where r.id = any($1)
   group by r.id`);

const ADJUSTED = new PreparedStatement(`
  select m.sku, m.seq::float8 as seq, m.on_hand_delta as "onHandDelta", m.on_hand_after as "onHand",
         m.reserved_after as reserved, m.adjustment_id as "adjustmentId", m.reason, m.actor,
         m.occurred_at as time
    from unnest($1::text[], $2::bigint[]) as wanted (sku, seq)
    join stock_movement m on m.sku = wanted.sku and m.seq = wanted.seq`);

const TYPES = {
  HELD: 'reservation.held',
  REDUCED: 'reservation.reduced',
  COMMITTED: 'reservation.committed',
  RELEASED: 'reservation.released',
  EXPIRED: 'reservation.expired',
} as const;

/** The rows of some entries, by what their refs name. */
interface Sources {
  readonly moved: ReadonlyMap<string, MovedRow>;
  readonly rejected: ReadonlyMap<string, RejectedRow>;
  readonly adjusted: ReadonlyMap<string, AdjustedRow>;
}

/** Reads the events of Inventory's log with their contents. */
@Injectable()
export class InventoryEventsRepository extends LoggedEventRepository<InventoryEvent> {
  /** `reads`: the lane of callers, or `Database` where the service itself reads. */
  constructor(@Inject(ReadLane) reads: LogReads) {
    super(reads);
  }

  /** Returns events by their references. One is absent if its rows were deleted. */
  async find(
    refs: readonly string[],
    request: LaneRequest = { isLimited: true },
  ): Promise<Map<string, InventoryEvent>> {
    const parsed = refs.map((text) => ({ text, ref: parseRef(text) }));
    const sources = await this.read(
      parsed.map(({ ref }) => ref),
      request,
    );
    return new Map(
      parsed.flatMap(({ text, ref }) => {
        const event = ref && toEvent(ref, sources);
        return event ? [[text, event]] : [];
      }),
    );
  }

  private async read(
    refs: readonly (EventRef | undefined)[],
    request: LaneRequest,
  ): Promise<Sources> {
    const moved = refs.filter((ref) => ref?.from === 'movements');
    const rejected = refs.filter((ref) => ref?.from === 'rejection');
    const adjusted = refs.filter((ref) => ref?.from === 'adjustment');
    const query = <Row>(
      statement: PreparedStatement,
      wanted: readonly EventRef[],
      ...columns: unknown[][]
    ): Promise<Row[]> =>
      wanted.length === 0
        ? Promise.resolve([])
        : this.reads.query<Row>(statement, columns, request);
    const [movedRows, rejectedRows, adjustedRows] = [
      await query<MovedRow>(
        MOVED,
        moved,
        moved.map(({ id }) => id),
        moved.map(({ kind }) => kind),
      ),
      await query<RejectedRow>(
        REJECTED,
        rejected,
        rejected.map(({ id }) => id),
      ),
      await query<AdjustedRow>(
        ADJUSTED,
        adjusted,
        adjusted.map(({ sku }) => sku),
        adjusted.map(({ seq }) => seq),
      ),
    ];
    return {
      moved: new Map(movedRows.map((row) => [`${row.id}/${row.kind}`, row])),
      rejected: new Map(rejectedRows.map((row) => [row.id, row])),
      adjusted: new Map(adjustedRows.map((row) => [`${row.sku}/${row.seq}`, row])),
    };
  }
}

const reservationEvent = (
  type: ReservationEvent['type'],
  reservationId: string,
  contents: Pick<ReservationEvent, 'time' | 'items'> & Partial<ReservationEvent>,
): ReservationEvent => ({
  eventId: `${reservationId}.${type.slice(type.indexOf('.') + 1)}`,
  type,
  reservationId,
  wasHeld: false,
  shortages: [],
  ...contents,
});

const toEvent = (ref: EventRef, sources: Sources): InventoryEvent | undefined => {
  switch (ref.from) {
    case 'movements': {
      const row = sources.moved.get(`${ref.id}/${ref.kind}`);
      if (!row) return undefined;
      const { time, items, wasHeld } = row;
      const isCommit = ref.kind === 'COMMITTED';
      return reservationEvent(TYPES[ref.kind], ref.id, {
        time,
        items,
        wasHeld: isCommit && wasHeld,
      });
    }
    case 'ref': {
      const { id, kind, reductions, time, items } = ref;
      const event = reservationEvent(TYPES[kind], id, { time, items });
      return kind === 'REDUCED' ? { ...event, eventId: `${event.eventId}.${reductions}` } : event;
    }
    case 'tombstone':
      return reservationEvent(TYPES.RELEASED, ref.id, { time: ref.time, items: [] });
    case 'rejection': {
      const row = sources.rejected.get(ref.id);
      if (!row) return undefined;
      const { time, items, shortages } = row;
      return reservationEvent('reservation.rejected', ref.id, {
        time,
        items,
        shortages: shortages ?? [],
      });
    }
    case 'adjustment': {
      const row = sources.adjusted.get(`${ref.sku}/${ref.seq}`);
      return row && { eventId: `${row.sku}.${row.seq}`, type: 'stock.adjusted', ...row };
    }
    case 'threshold': {
      const { sku, seq, isLow, limit, available, microseconds } = ref;
      const name = isLow ? 'low' : 'replenished';
      return {
        // A threshold that is set again may be crossed at the same movement.
        eventId: `${sku}.${seq}.${name}.${microseconds}`,
        type: `stock.${name}`,
        time: timeOf(microseconds),
        sku,
        seq,
        available,
        limit,
      };
    }
  }
};
