import { available, move, type Movement, type StockLevel } from '../stock/stock';
import {
  EFFECTS,
  type Line,
  RELEASE,
  type Reservation,
  sameLines,
  type Shortage,
} from './reservation';

/** What callers ask for. Lines are normalised. */
export type Command =
  /** Hold a basket until it is committed or released. */
  | { readonly kind: 'hold'; readonly id: string; readonly lines: readonly Line[] }
  /**
   * Take one SKU for good. With `anonymous`, nobody knows the id but us, so a refusal is not worth
   * recording: nobody can ask for it again.
   */
  | {
      readonly kind: 'take';
      readonly id: string;
      readonly lines: readonly Line[];
      readonly anonymous: boolean;
    }
  | { readonly kind: 'release'; readonly id: string };

/** What a command came to. `mismatch`: the id is in use for something else. */
export interface Outcome {
  readonly kind: 'decided' | 'mismatch' | 'refused';
  readonly reservation: Reservation;
}

/** What is true when the decisions are made, read under lock. */
export interface Facts {
  readonly levels: ReadonlyMap<string, StockLevel>;
  readonly reservations: ReadonlyMap<string, Reservation>;
  /** The transaction's time, by the database's clock. */
  readonly now: Date;
}

/** What has to be written to make the decisions true. */
export interface Changes {
  readonly created: readonly Reservation[];
  readonly updated: readonly Reservation[];
  readonly movements: readonly Movement[];
  readonly levels: readonly StockLevel[];
}

/** The state of the world while a group is decided: each command sees what those before it did. */
class Workspace {
  readonly movements: Movement[] = [];
  private readonly levels: Map<string, StockLevel>;
  private readonly reservations: Map<string, Reservation>;
  private readonly touchedLevels = new Set<string>();
  private readonly touchedReservations = new Set<string>();

  constructor(private readonly facts: Facts) {
    this.levels = new Map(facts.levels);
    this.reservations = new Map(facts.reservations);
  }

  find(id: string): Reservation | undefined {
    return this.reservations.get(id);
  }

  shortagesOf(lines: readonly Line[]): Shortage[] {
    return lines.flatMap(({ sku, quantity: requested }): Shortage[] => {
      const level = this.levels.get(sku);
      if (!level) return [{ sku, requested, available: 0, reason: 'UNKNOWN_SKU' }];
      const left = available(level);
      return left < requested ? [{ sku, requested, available: left, reason: 'NOT_ENOUGH' }] : [];
    });
  }

  move(id: string, lines: readonly Line[], effect: keyof typeof EFFECTS): void {
    const { kind, onHand, reserved } = EFFECTS[effect];
    for (const { sku, quantity } of lines) {
      const before = this.levels.get(sku);
      if (!before) throw new Error(`No level was locked for ${sku}, which reservation ${id} needs`);
      const { level, movement } = move(before, {
        kind,
        onHandDelta: onHand * quantity,
        reservedDelta: reserved * quantity,
        reservationId: id,
        reason: null,
      });
      this.levels.set(sku, level);
      this.touchedLevels.add(sku);
      this.movements.push(movement);
    }
  }

  record(change: Pick<Reservation, 'id' | 'state'> & Partial<Reservation>): Reservation {
    const { now } = this.facts;
    const before = this.reservations.get(change.id) ?? { lines: [], shortages: [], createdAt: now };
    const reservation = { ...before, ...change, updatedAt: now };
    this.reservations.set(change.id, reservation);
    this.touchedReservations.add(change.id);
    return reservation;
  }

  changes(): Changes {
    const touched = [...this.reservations.values()].filter(({ id }) =>
      this.touchedReservations.has(id),
    );
    return {
      created: touched.filter(({ id }) => !this.facts.reservations.has(id)),
      updated: touched.filter(({ id }) => this.facts.reservations.has(id)),
      movements: this.movements,
      levels: [...this.levels.values()].filter(({ sku }) => this.touchedLevels.has(sku)),
    };
  }
}

const create = (
  work: Workspace,
  command: Extract<Command, { lines: readonly Line[] }>,
  now: Date,
): Outcome => {
  const { id, lines } = command;
  const known = work.find(id);
  if (known) {
    // A take answers "the units are yours for good", which a mere hold cannot promise.
    const fits =
      sameLines(known.lines, lines) && !(command.kind === 'take' && known.state === 'HELD');
    return { kind: fits ? 'decided' : 'mismatch', reservation: known };
  }
  const shortages = work.shortagesOf(lines);
  if (shortages.length > 0) {
    const rejected = { id, state: 'REJECTED' as const, lines, shortages };
    const recorded = !(command.kind === 'take' && command.anonymous);
    const reservation = recorded
      ? work.record(rejected)
      : { ...rejected, createdAt: now, updatedAt: now };
    return { kind: 'decided', reservation };
  }
  work.move(id, lines, command.kind);
  const state = command.kind === 'hold' ? 'HELD' : 'COMMITTED';
  return { kind: 'decided', reservation: work.record({ id, state, lines }) };
};

const release = (work: Workspace, id: string): Outcome => {
  const known = work.find(id);
  // A tombstone: a create that arrives late finds it, and cannot revive what was given up.
  if (!known) return { kind: 'decided', reservation: work.record({ id, state: 'RELEASED' }) };
  const next = RELEASE[known.state];
  if (next === 'REFUSED') return { kind: 'refused', reservation: known };
  if (next === known.state) return { kind: 'decided', reservation: known };
  work.move(id, known.lines, 'release');
  return { kind: 'decided', reservation: work.record({ id, state: next }) };
};

/**
 * Decides commands one after the other, in the order they came, on facts read under lock. Pure: what
 * it returns is written by the caller in the same transaction, or nothing of it is true.
 */
export const decide = (
  facts: Facts,
  commands: readonly Command[],
): { outcomes: Outcome[]; changes: Changes } => {
  const work = new Workspace(facts);
  const outcomes = commands.map((command) =>
    command.kind === 'release' ? release(work, command.id) : create(work, command, facts.now),
  );
  return { outcomes, changes: work.changes() };
};
