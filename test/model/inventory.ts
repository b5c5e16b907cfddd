import { decideAdjustments } from '../../apps/inventory/src/adjustment/adjustment';
import type {
  ReservationCommand,
  CommandOutcome,
} from '../../apps/inventory/src/reservation/decide';
import { isDue, type Reservation } from '../../apps/inventory/src/reservation/reservation';
import type { Movement, StockLevel } from '../../apps/inventory/src/stock/stock';
import type { Protocol } from './protocol';
import type { Answer, Inventory, Parts, Sums } from './state';
import type { StockCount } from './world';

/** The result of a transaction: decisions, or due holds that must expire before it can decide. */
export type Attempt =
  | { readonly inventory: Inventory; readonly outcomes: readonly CommandOutcome[] }
  | { readonly due: readonly string[] };

/**
 * Inventory. Each method is one transaction of `DecisionService`. Transactions are atomic and run one
 * after the other, because the application locks what it reads. The model has no table constraints: the
 * rules must be correct without them.
 */
export class InventorySimulation {
  private readonly attempts = new Map<string, Attempt>();
  private readonly counts = new Map<string, Inventory>();

  constructor(
    private readonly protocol: Protocol,
    private readonly parts: Parts,
  ) {}

  opening(stock: Readonly<Record<string, number>>): Inventory {
    const levels = Object.entries(stock).map(([sku, onHand]) => {
      return { sku, onHand, reserved: 0, shortfall: 0, lastSeq: 0, updatedAt: new Date(0) };
    });
    return this.parts.inventory({
      levels: new Map(levels.map((level) => [level.sku, level])),
      reservations: new Map(),
      forgottenBefore: new Date(0),
      ledger: new Map(
        levels.map(({ sku, onHand }) => [sku, { onHand, reserved: 0, adjusted: onHand }]),
      ),
    });
  }

  /**
   * Decides a group. Before a basket is rejected, due holds on its SKUs must expire. Results are cached
   * by stock, time and commands.
   */
  attempt(before: Inventory, tick: number, commands: readonly ReservationCommand[]): Attempt {
    const key = [before.number, tick, ...commands.map(textOf)].join();
    const known = this.attempts.get(key);
    if (known) return known;
    const attempt = this.decided(before, new Date(tick), commands);
    this.attempts.set(key, attempt);
    return attempt;
  }

  /** Expires a hold if it is still due. */
  expire(before: Inventory, tick: number, id: string): Inventory {
    const attempt = this.attempt(before, tick, [{ kind: 'expire', id }]);
    if ('due' in attempt) throw new Error('The expiry of a hold must not require another expiry');
    return attempt.inventory;
  }

  /**
   * The holds that the sweeper finds. It reads without a lock, so a decision may still commit that was
   * made a tick earlier, before the hold was due.
   */
  due({ reservations }: Inventory, tick: number): string[] {
    const now = new Date(tick + 1);
    return [...reservations.values()].filter((one) => isDue(one, now)).map(({ id }) => id);
  }

  /** Moves the horizon and deletes the tombstones before it. */
  prune(before: Inventory, tick: number, retentionMs: number): Inventory {
    const { horizonAfter, isPruned } = this.protocol;
    const until = new Date(Math.max(before.forgottenBefore.getTime(), tick - retentionMs));
    const kept = [...before.reservations].filter(([, one]) => !isPruned(one, until));
    const forgottenBefore = horizonAfter(before.forgottenBefore, until);
    return this.parts.inventory({ ...before, forgottenBefore, reservations: new Map(kept) });
  }

  /** Corrects what is on hand, even below what is reserved. */
  count(before: Inventory, { sku, setOnHand }: StockCount): Inventory {
    const key = `${before.number} ${sku} ${setOnHand}`;
    const known = this.counts.get(key);
    if (known) return known;
    const counted = this.counted(before, sku, setOnHand);
    this.counts.set(key, counted);
    return counted;
  }

  private counted(before: Inventory, sku: string, setOnHand: number): Inventory {
    const { movements, updated } = decideAdjustments(
      { levels: before.levels, recorded: new Map(), lastCounts: new Map(), now: new Date(0) },
      [
        {
          id: 'count',
          sku,
          change: { setOnHand },
          reason: 'count',
          actor: 'model',
          expectedOnHand: null,
          allowShortfall: true,
        },
      ],
    );
    return this.written(before, { levels: updated, movements, reservations: [] });
  }

  private decided(before: Inventory, now: Date, commands: readonly ReservationCommand[]): Attempt {
    const { levels, reservations, forgottenBefore } = before;
    const state = { levels, reservations, now, forgottenBefore };
    const { outcomes, writes, shortSkus } = this.protocol.decide(state, commands);
    if (shortSkus.length > 0) {
      const due = this.protocol.dueOn(reservations.values(), shortSkus, now);
      if (due.length > 0) return { due };
    }
    const { created, updated } = writes;
    const written = { ...writes, reservations: [...created, ...updated] };
    return { outcomes, inventory: this.written(before, written) };
  }

  private written(
    before: Inventory,
    changes: {
      readonly levels: readonly StockLevel[];
      readonly movements: readonly Movement[];
      readonly reservations: readonly Reservation[];
    },
  ): Inventory {
    const ledger = new Map(before.ledger);
    for (const movement of changes.movements) ledger.set(movement.sku, added(ledger, movement));
    return this.parts.inventory({
      forgottenBefore: before.forgottenBefore,
      ledger,
      levels: new Map([...before.levels, ...changes.levels.map((one) => [one.sku, one] as const)]),
      reservations: new Map([
        ...before.reservations,
        ...changes.reservations.map((one) => [one.id, one] as const),
      ]),
    });
  }
}

/** Identifies a command: two may have the same kind and id, and other lines. */
const textOf = (command: ReservationCommand): string => {
  const ttlMs = 'ttlMs' in command ? command.ttlMs : '';
  const lines = 'lines' in command ? command.lines : 'kept' in command ? command.kept : [];
  const wanted = lines.map(({ sku, quantity }) => `${sku} ${quantity}`);
  return [command.kind, command.id, ttlMs, ...wanted].join(' ');
};

const added = (ledger: Inventory['ledger'], movement: Movement): Sums => {
  const { onHand, reserved, adjusted } = ledger.get(movement.sku) ?? {
    onHand: 0,
    reserved: 0,
    adjusted: 0,
  };
  return {
    onHand: onHand + movement.onHandDelta,
    reserved: reserved + movement.reservedDelta,
    adjusted: adjusted + (movement.kind === 'ADJUSTED' ? movement.onHandDelta : 0),
  };
};

/** The outcome as Orders gets it: the state of the reservation, or the reason of the error. */
export const answerOf = (outcome: CommandOutcome): Answer => {
  switch (outcome.kind) {
    case 'decided':
    case 'ended':
      return outcome.reservation.state;
    case 'mismatch':
      return 'RESERVATION_MISMATCH';
    case 'short':
      return 'INSUFFICIENT_STOCK';
    case 'unknown':
      return 'RESERVATION_NOT_FOUND';
    case 'idTooOld':
      return 'RESERVATION_ID_TOO_OLD';
    case 'increased':
    case 'nothingLeft':
    case 'reducedTooOften':
      return 'refused';
  }
};
