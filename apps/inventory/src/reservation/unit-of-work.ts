import type { LineDto, ShortageDto } from '@app/contracts';
import { available, applyChange, type Movement, type StockLevel } from '../stock/stock';
import { LEVEL_EFFECTS, isDue, type Reservation, TRANSITIONS } from './reservation';

/** The rows that decisions depend on, read under lock. */
export interface LockedState {
  readonly levels: ReadonlyMap<string, StockLevel>;
  readonly reservations: ReadonlyMap<string, Reservation>;
  /** The database's time, read after the locks were acquired. */
  readonly now: Date;
  /** Tombstones whose UUIDv7 id is older than this may have been deleted. */
  readonly forgottenBefore: Date;
}

/** The rows to write for the decisions. */
export interface PendingWrites {
  readonly created: readonly Reservation[];
  readonly updated: readonly Reservation[];
  /** Those of both whose lines were reduced. */
  readonly reduced: readonly Reservation[];
  /** The updated reservations whose lines have a held_until. */
  readonly withExpiry: readonly Reservation[];
  readonly movements: readonly Movement[];
  readonly levels: readonly StockLevel[];
}

/** The state during the decisions of a group. Each command sees the effects of earlier commands. */
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

  /** Returns the reservation as earlier commands left it. */
  find(id: string): Reservation | undefined {
    return this.reservations.get(id);
  }

  /** Returns the reservation, and expires it first if it is due. */
  expireIfDue(reservation: Reservation): Reservation {
    if (!isDue(reservation, this.state.now)) return reservation;
    this.applyEffect(reservation, 'expire');
    return this.record({ id: reservation.id, state: TRANSITIONS.expire[reservation.state] });
  }

  /** Returns the lines that exceed the available units. */
  shortagesOf(lines: readonly LineDto[]): ShortageDto[] {
    return lines.flatMap(({ sku, quantity: requested }): ShortageDto[] => {
      const level = this.levels.get(sku);
      if (!level) return [{ sku, requested, available: 0, reason: 'UNKNOWN_SKU' }];
      const left = available(level);
      return left < requested ? [{ sku, requested, available: left, reason: 'NOT_ENOUGH' }] : [];
    });
  }

  /** Returns the held lines that exceed the units on hand. */
  missingUnits(lines: readonly LineDto[]): ShortageDto[] {
    return lines.flatMap(({ sku, quantity: requested }): ShortageDto[] => {
      const onHand = this.levels.get(sku)?.onHand ?? 0;
      return onHand < requested
        ? [{ sku, requested, available: onHand, reason: 'NOT_ENOUGH' }]
        : [];
    });
  }

  /** Applies an effect to the level of each line, and adds the movements. */
  applyEffect(
    { id, lines }: Pick<Reservation, 'id' | 'lines'>,
    effect: keyof typeof LEVEL_EFFECTS,
  ): void {
    const { kind, onHand, reserved } = LEVEL_EFFECTS[effect];
    for (const { sku, quantity } of lines) {
      const before = this.levels.get(sku);
      if (!before)
        throw new Error(`The level of ${sku}, which reservation ${id} needs, is not locked`);
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

  /** Adds or changes a reservation. Fields that are not in `change` stay as they are. */
  record(change: Pick<Reservation, 'id' | 'state'> & Partial<Reservation>): Reservation {
    const { now } = this.state;
    const before = this.reservations.get(change.id) ?? emptyReservation(now);
    // Every reservation comes through here, and spreading two objects takes ten times as long.
    const {
      id,
      state,
      lines = before.lines,
      heldLines = before.heldLines,
      reductions = before.reductions,
      shortages = before.shortages,
      expiresAt = before.expiresAt,
    } = change;
    const { createdAt } = before;
    const reservation = {
      id,
      state,
      lines,
      heldLines,
      reductions,
      shortages,
      expiresAt,
      createdAt,
      updatedAt: now,
    };
    this.reservations.set(change.id, reservation);
    this.changedIds.add(change.id);
    return reservation;
  }

  /** Returns the rows that the commands have added or changed. */
  pendingWrites(): PendingWrites {
    const changed = [...this.reservations.values()].filter(({ id }) => this.changedIds.has(id));
    const recorded = this.state.reservations;
    return {
      created: changed.filter(({ id }) => !recorded.has(id)),
      updated: changed.filter(({ id }) => recorded.has(id)),
      reduced: changed.filter(
        ({ id, reductions }) => reductions > (recorded.get(id)?.reductions ?? 0),
      ),
      withExpiry: changed.filter(({ id }) => (recorded.get(id)?.expiresAt ?? null) !== null),
      movements: this.movements,
      levels: [...this.levels.values()].filter(({ sku }) => this.changedSkus.has(sku)),
    };
  }
}

/** The initial fields of a new reservation. */
export const emptyReservation = (
  createdAt: Date,
): Omit<Reservation, 'id' | 'state' | 'updatedAt'> => ({
  lines: [],
  heldLines: null,
  reductions: 0,
  shortages: [],
  expiresAt: null,
  createdAt,
});
