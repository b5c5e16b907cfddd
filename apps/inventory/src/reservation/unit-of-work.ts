import type { LineDto, ShortageDto } from '@app/contracts';
import { available, applyChange, type Movement, type StockLevel } from '../stock/stock';
import { LEVEL_EFFECTS, isDue, type Reservation, TRANSITIONS } from './reservation';

/** What is true when the decisions are made, read under lock. */
export interface LockedState {
  readonly levels: ReadonlyMap<string, StockLevel>;
  readonly reservations: ReadonlyMap<string, Reservation>;
  /** The database's time, read after the locks were taken. */
  readonly now: Date;
  /** Tombstones of ids that were made before this may have been deleted. */
  readonly forgottenBefore: Date;
}

/** What has to be written to make the decisions true. */
export interface PendingWrites {
  readonly created: readonly Reservation[];
  readonly updated: readonly Reservation[];
  /** Those of the updated ones whose lines say until when they are held. */
  readonly withExpiry: readonly Reservation[];
  readonly movements: readonly Movement[];
  readonly levels: readonly StockLevel[];
}

/** The state of the world while a group is decided: each command sees what those before it did. */
export class UnitOfWork {
  readonly shortSkus = new Set<string>();
  private readonly movements: Movement[] = [];
  private readonly levels: Map<string, StockLevel>;
  private readonly reservations: Map<string, Reservation>;
  private readonly changedSkus = new Set<string>();
  private readonly changedIds = new Set<string>();

  constructor(readonly state: LockedState) {
    this.levels = new Map(state.levels);
    this.reservations = new Map(state.reservations);
  }

  find(id: string): Reservation | undefined {
    return this.reservations.get(id);
  }

  /** The reservation as it is now: ended, if its time has run out. */
  expireIfDue(reservation: Reservation): Reservation {
    if (!isDue(reservation, this.state.now)) return reservation;
    this.applyEffect(reservation, 'expire');
    return this.record({ id: reservation.id, state: TRANSITIONS.expire[reservation.state] });
  }

  shortagesOf(lines: readonly LineDto[]): ShortageDto[] {
    return lines.flatMap(({ sku, quantity: requested }): ShortageDto[] => {
      const level = this.levels.get(sku);
      if (!level) return [{ sku, requested, available: 0, reason: 'UNKNOWN_SKU' }];
      const left = available(level);
      return left < requested ? [{ sku, requested, available: left, reason: 'NOT_ENOUGH' }] : [];
    });
  }

  /** Held lines that are not on hand. */
  missingUnits(lines: readonly LineDto[]): ShortageDto[] {
    return lines.flatMap(({ sku, quantity: requested }): ShortageDto[] => {
      const onHand = this.levels.get(sku)?.onHand ?? 0;
      return onHand < requested
        ? [{ sku, requested, available: onHand, reason: 'NOT_ENOUGH' }]
        : [];
    });
  }

  applyEffect(
    { id, lines }: Pick<Reservation, 'id' | 'lines'>,
    effect: keyof typeof LEVEL_EFFECTS,
  ): void {
    const { kind, onHand, reserved } = LEVEL_EFFECTS[effect];
    for (const { sku, quantity } of lines) {
      const before = this.levels.get(sku);
      if (!before) throw new Error(`No level was locked for ${sku}, which reservation ${id} needs`);
      const change = {
        kind,
        onHandDelta: onHand * quantity,
        reservedDelta: reserved * quantity,
        reservationId: id,
      };
      const { level, movement } = applyChange(before, change, this.state.now);
      this.levels.set(sku, level);
      this.changedSkus.add(sku);
      this.movements.push(movement);
    }
  }

  record(change: Pick<Reservation, 'id' | 'state'> & Partial<Reservation>): Reservation {
    const { now } = this.state;
    const before = this.reservations.get(change.id) ?? emptyReservation(now);
    // Written out, since to spread two objects takes ten times as long, for every reservation.
    const {
      id,
      state,
      lines = before.lines,
      shortages = before.shortages,
      expiresAt = before.expiresAt,
    } = change;
    const { createdAt } = before;
    const reservation = { id, state, lines, shortages, expiresAt, createdAt, updatedAt: now };
    this.reservations.set(change.id, reservation);
    this.changedIds.add(change.id);
    return reservation;
  }

  pendingWrites(): PendingWrites {
    const changed = [...this.reservations.values()].filter(({ id }) => this.changedIds.has(id));
    const recorded = this.state.reservations;
    return {
      created: changed.filter(({ id }) => !recorded.has(id)),
      updated: changed.filter(({ id }) => recorded.has(id)),
      withExpiry: changed.filter(({ id }) => (recorded.get(id)?.expiresAt ?? null) !== null),
      movements: this.movements,
      levels: [...this.levels.values()].filter(({ sku }) => this.changedSkus.has(sku)),
    };
  }
}

/** What every new reservation begins with. */
export const emptyReservation = (
  createdAt: Date,
): Pick<Reservation, 'lines' | 'shortages' | 'expiresAt' | 'createdAt'> => ({
  lines: [],
  shortages: [],
  expiresAt: null,
  createdAt,
});
