/**
 * A model of Inventory that is as simple as possible: in memory, one command after the other. Holds
 * expire exactly on time.
 */
export interface ModelLine {
  readonly sku: string;
  readonly quantity: number;
}

export type ModelCommand =
  | {
      readonly kind: 'hold';
      readonly id: string;
      readonly lines: readonly ModelLine[];
      readonly timed: boolean;
    }
  | { readonly kind: 'take'; readonly id: string; readonly line: ModelLine }
  | { readonly kind: 'commit' | 'release' | 'get'; readonly id: string }
  | { readonly kind: 'extend'; readonly id: string; readonly timed: boolean }
  | { readonly kind: 'reduce'; readonly id: string; readonly lines: readonly ModelLine[] }
  | {
      readonly kind: 'adjust';
      readonly id: string;
      readonly sku: string;
      readonly change: { readonly delta: number } | { readonly setOnHand: number };
      readonly expectedOnHand: number | null;
      readonly allowShortfall: boolean;
    };

interface ModelReservation {
  state: string;
  /** As it was decided. */
  readonly lines: readonly ModelLine[];
  /** What is left of them. */
  left: readonly ModelLine[];
  reductions: number;
  timed: boolean;
}

const MAX_REDUCTIONS = 5;

interface ModelLevel {
  onHand: number;
  reserved: number;
}

type ModelAdjustment = Extract<ModelCommand, { kind: 'adjust' }>;

const summed = (lines: readonly ModelLine[]): ModelLine[] => {
  const skus = [...new Set(lines.map(({ sku }) => sku))].sort();
  return skus.map((sku) => ({
    sku,
    quantity: lines.reduce((sum, line) => sum + (line.sku === sku ? line.quantity : 0), 0),
  }));
};

const decided = (state: string, lines: readonly ModelLine[], timed: boolean): ModelReservation => ({
  state,
  lines,
  left: lines,
  reductions: 0,
  timed,
});

export class InventoryModel {
  private levels = new Map<string, ModelLevel>();
  private reservations = new Map<string, ModelReservation>();
  private adjustments = new Map<string, ModelAdjustment & { onHandAfter: number; delta: number }>();

  copy(): InventoryModel {
    const copy = new InventoryModel();
    copy.levels = structuredClone(this.levels);
    copy.reservations = structuredClone(this.reservations);
    copy.adjustments = structuredClone(this.adjustments);
    return copy;
  }

  /** Returns levels and states as text, to compare them with the database. */
  state(): string {
    const levels = [...this.levels].map(
      ([sku, level]) => `${sku} ${level.onHand} ${level.reserved}`,
    );
    const reservations = [...this.reservations].map(([id, { state, left }]) =>
      [id, state, ...left.map(({ sku, quantity }) => `${sku}=${quantity}`)].join(' '),
    );
    return [...levels, ...reservations].sort().join('\n');
  }

  /** Expires every hold that has a time. */
  expireTimedHolds(): void {
    for (const reservation of this.reservations.values()) {
      if (reservation.timed) this.end(reservation, 'EXPIRED');
    }
  }

  /** Executes a command and returns what its caller gets. */
  run(command: ModelCommand): string {
    switch (command.kind) {
      case 'hold':
        return this.hold(command.id, summed(command.lines), command.timed);
      case 'take':
        return this.take(command.id, [command.line]);
      case 'adjust':
        return this.adjust(command);
      case 'get':
        return this.reservations.get(command.id)?.state ?? 'RESERVATION_NOT_FOUND';
      case 'commit':
        return this.commit(command.id);
      case 'release':
        return this.release(command.id);
      case 'extend':
        return this.extend(command.id, command.timed);
      case 'reduce':
        return this.reduce(command.id, summed(command.lines));
    }
  }

  private hold(id: string, lines: readonly ModelLine[], timed: boolean): string {
    const known = this.reservations.get(id);
    if (known) return this.isFor(known, lines) ? known.state : 'RESERVATION_MISMATCH';
    const state = this.suffices(lines) ? 'HELD' : 'REJECTED';
    this.reservations.set(id, decided(state, lines, timed && state === 'HELD'));
    if (state === 'HELD') this.move(lines, 0, 1);
    return state;
  }

  private take(id: string, lines: readonly ModelLine[]): string {
    const known = this.reservations.get(id);
    const fits = known && this.isFor(known, lines) && known.state !== 'HELD';
    if (known && !fits) return 'RESERVATION_MISMATCH';
    if (!known) {
      const state = this.suffices(lines) ? 'COMMITTED' : 'REJECTED';
      this.reservations.set(id, decided(state, lines, false));
      if (state === 'COMMITTED') this.move(lines, -1, 0);
    }
    const { state } = known ?? this.reservations.get(id) ?? { state: '' };
    if (state === 'COMMITTED') return state;
    return state === 'REJECTED' ? 'INSUFFICIENT_STOCK' : 'RESERVATION_ENDED';
  }

  private commit(id: string): string {
    const known = this.reservations.get(id);
    if (!known) return 'RESERVATION_NOT_FOUND';
    if (known.state === 'COMMITTED') return known.state;
    if (known.state !== 'HELD') return 'RESERVATION_ENDED';
    const isOnHand = known.left.every(({ sku, quantity }) => this.level(sku).onHand >= quantity);
    if (!isOnHand) return 'INSUFFICIENT_STOCK';
    this.move(known.left, -1, -1);
    known.timed = false;
    return (known.state = 'COMMITTED');
  }

  private release(id: string): string {
    const known = this.reservations.get(id);
    if (!known) {
      this.reservations.set(id, decided('RELEASED', [], false));
      return 'RELEASED';
    }
    if (known.state === 'COMMITTED') return 'RESERVATION_ENDED';
    if (known.state === 'HELD') this.end(known, 'RELEASED');
    return known.state;
  }

  private extend(id: string, timed: boolean): string {
    const known = this.reservations.get(id);
    if (!known) return 'RESERVATION_NOT_FOUND';
    if (known.state !== 'HELD') return 'RESERVATION_ENDED';
    known.timed &&= timed;
    return known.state;
  }

  private reduce(id: string, kept: readonly ModelLine[]): string {
    const known = this.reservations.get(id);
    if (!known) return 'RESERVATION_NOT_FOUND';
    if (known.state !== 'HELD') return 'RESERVATION_ENDED';
    const unitsOf = (lines: readonly ModelLine[], sku: string) =>
      lines.find((line) => line.sku === sku)?.quantity ?? 0;
    if (kept.some(({ sku, quantity }) => quantity > unitsOf(known.lines, sku)))
      return 'QUANTITY_INCREASED';
    const left = known.left
      .map(({ sku, quantity }) => ({ sku, quantity: Math.min(quantity, unitsOf(kept, sku)) }))
      .filter(({ quantity }) => quantity > 0);
    if (JSON.stringify(left) === JSON.stringify(known.left)) return known.state;
    if (left.length === 0) return 'NOTHING_LEFT';
    if (known.reductions === MAX_REDUCTIONS) return 'REDUCED_TOO_OFTEN';
    this.move(known.left, 0, -1);
    this.move(left, 0, 1);
    [known.left, known.reductions] = [left, known.reductions + 1];
    return known.state;
  }

  private adjust(command: ModelAdjustment): string {
    const { id, sku, change, expectedOnHand, allowShortfall } = command;
    const recorded = this.adjustments.get(id);
    if (recorded) {
      const same =
        recorded.sku === sku &&
        ('delta' in change
          ? recorded.delta === change.delta
          : recorded.onHandAfter === change.setOnHand);
      return same ? 'adjusted' : 'ADJUSTMENT_MISMATCH';
    }
    const { onHand, reserved } = this.level(sku);
    if (expectedOnHand !== null && expectedOnHand !== onHand) return 'STOCK_CHANGED';
    const onHandAfter = 'delta' in change ? onHand + change.delta : change.setOnHand;
    if (onHandAfter < 0) return 'STOCK_OUT_OF_RANGE';
    const isWorse = onHandAfter < reserved && onHandAfter < onHand;
    if (isWorse && !allowShortfall) return 'STOCK_RESERVED';
    this.levels.set(sku, { onHand: onHandAfter, reserved });
    this.adjustments.set(id, { ...command, onHandAfter, delta: onHandAfter - onHand });
    return 'adjusted';
  }

  private isFor(known: ModelReservation, lines: readonly ModelLine[]): boolean {
    return known.lines.length === 0 || JSON.stringify(known.lines) === JSON.stringify(lines);
  }

  private suffices(lines: readonly ModelLine[]): boolean {
    return lines.every(({ sku, quantity }) => {
      const { onHand, reserved } = this.level(sku);
      return this.levels.has(sku) && onHand - reserved >= quantity;
    });
  }

  private end(reservation: ModelReservation, state: string): void {
    reservation.state = state;
    reservation.timed = false;
    this.move(reservation.left, 0, -1);
  }

  private level(sku: string): ModelLevel {
    return this.levels.get(sku) ?? { onHand: 0, reserved: 0 };
  }

  private move(lines: readonly ModelLine[], onHand: number, reserved: number): void {
    for (const { sku, quantity } of lines) {
      const before = this.level(sku);
      this.levels.set(sku, {
        onHand: before.onHand + onHand * quantity,
        reserved: before.reserved + reserved * quantity,
      });
    }
  }
}
