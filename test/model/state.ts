import type { Reservation } from '../../apps/inventory/src/reservation/reservation';
import type { StockLevel } from '../../apps/inventory/src/stock/stock';
import type {
  ReservationOutcome,
  Call as CallName,
  OrderRequest,
} from '../../apps/orders/src/order/lifecycle';
import type { Status } from './protocol';
import { nameOf } from './world';

/** What Orders learns from a reply: an outcome, or an error that decides nothing. */
export type Answer = ReservationOutcome | 'refused';

/**
 * A message in flight, which is lost with its process or connection. It is never consumed: it may arrive
 * at any time, any number of times, or never. Equal messages have the same text.
 */
export type Message = { readonly text: string } & (
  | Call
  /** Inventory's answer to a call. */
  | {
      readonly kind: 'answer';
      readonly order: string;
      readonly from: Status;
      readonly reductions: number;
      readonly answer: Answer;
    }
  /** A process of Orders has read the status and is about to write the transition of a request. */
  | {
      readonly kind: 'request';
      readonly order: string;
      readonly from: Status;
      readonly reductions: number;
      readonly request: OrderRequest;
    }
  /** Inventory has read that a hold is due and is about to expire it. */
  | { readonly kind: 'due'; readonly id: string }
);

/** A process of Orders has read the status and made the next call. */
export interface Call {
  readonly kind: 'call';
  readonly order: string;
  readonly from: Status;
  readonly reductions: number;
  readonly call: CallName;
}

export interface Orders {
  readonly number: number;
  readonly statuses: ReadonlyMap<string, Status>;
  /** How often each order was reduced. Not counted without a reduction. */
  readonly reductions: ReadonlyMap<string, number>;
  /** The reconciler's attempts. Counted only where they are limited. */
  readonly attempts: ReadonlyMap<string, number>;
}

export interface Inventory {
  readonly number: number;
  readonly levels: ReadonlyMap<string, StockLevel>;
  readonly reservations: ReadonlyMap<string, Reservation>;
  readonly forgottenBefore: Date;
  /** The movements of each SKU, added up. */
  readonly ledger: ReadonlyMap<string, Sums>;
}

export interface Sums {
  readonly onHand: number;
  readonly reserved: number;
  /** Units that adjustments added or removed. */
  readonly adjusted: number;
}

export interface Bag {
  readonly number: number;
  readonly messages: ReadonlyMap<string, Message>;
}

/** The complete state. Equal parts are the same object; see `Parts`. */
export interface State {
  readonly tick: number;
  readonly orders: Orders;
  readonly inventory: Inventory;
  readonly bag: Bag;
}

/** Returns a short text, the same for equal states. */
export const keyOf = ({ tick, orders, inventory, bag }: State): string =>
  `${tick}.${orders.number}.${inventory.number}.${bag.number}`;

const EPOCH = new Date(0);

/** Numbers the different values of a part of the state, by a text that identifies them. */
class Part<Value> {
  private readonly known = new Map<string, Value & { readonly number: number }>();

  of(text: string, value: Value): Value & { readonly number: number } {
    const known = this.known.get(text);
    if (known) return known;
    const added = { ...value, number: this.known.size };
    this.known.set(text, added);
    return added;
  }
}

/** Creates the parts of states: equal parts are one object, and irrelevant details are left out. */
export class Parts {
  private readonly allOrders = new Part<Omit<Orders, 'number'>>();
  private readonly allInventories = new Part<Omit<Inventory, 'number'>>();
  private readonly allBags = new Part<Omit<Bag, 'number'>>();
  private readonly bagsWith = new Map<string, Bag>();
  readonly emptyBag = this.allBags.of('', { messages: new Map() });

  orders({ statuses, reductions, attempts }: Omit<Orders, 'number'>): Orders {
    const text = [...statuses].map(
      ([order, status]) => `${order}${status}${reductions.get(order) ?? 0}`,
    );
    const tries = [...attempts].map(([order, count]) => `${order}${count}`);
    return this.allOrders.of(`${text.join()} ${tries.join()}`, { statuses, reductions, attempts });
  }

  /** Drops sequence numbers and times that no rule reads; with them no two stocks would be equal. */
  inventory(inventory: Omit<Inventory, 'number'>): Inventory {
    const levels = [...inventory.levels.values()].map((level) => ({
      ...level,
      lastSeq: 0,
      updatedAt: EPOCH,
    }));
    const reservations = [...inventory.reservations.values()]
      .map(withoutIdleTimes)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const text = [
      ...levels.map((one) => `${one.sku}${one.onHand}/${one.reserved}/${one.shortfall}`),
      ...[...inventory.ledger].map(
        ([sku, sums]) => `${sku}${sums.onHand}/${sums.reserved}/${sums.adjusted}`,
      ),
      ...reservations.map(textOf),
      inventory.forgottenBefore.getTime(),
    ].join();
    return this.allInventories.of(text, {
      ...inventory,
      levels: new Map(levels.map((level) => [level.sku, level])),
      reservations: new Map(reservations.map((one) => [one.id, one])),
    });
  }

  bagWith(bag: Bag, message: Message): Bag {
    const { text } = message;
    if (bag.messages.has(text)) return bag;
    const step = `${bag.number} ${text}`;
    const known = this.bagsWith.get(step);
    if (known) return known;
    const messages = new Map([...bag.messages, [text, message] as const].sort(byText));
    const added = this.allBags.of([...messages.keys()].join(), { messages });
    this.bagsWith.set(step, added);
    return added;
  }
}

const byText = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : 1;

/** Only a tombstone's age matters. */
const withoutIdleTimes = (reservation: Reservation): Reservation => {
  const createdAt = reservation.lines.length === 0 ? reservation.createdAt : EPOCH;
  return { ...reservation, shortages: [], createdAt, updatedAt: createdAt };
};

const textOf = ({
  id,
  state,
  lines,
  heldLines,
  reductions,
  expiresAt,
  createdAt,
}: Reservation): string =>
  [
    nameOf(id),
    state,
    ...lines.map(({ sku, quantity }) => `${sku}${quantity}`),
    reductions,
    ...(heldLines ?? []).map(({ sku, quantity }) => `${sku}${quantity}`),
    expiresAt?.getTime(),
    createdAt.getTime(),
  ].join(' ');
