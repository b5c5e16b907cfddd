import type { Reservation } from '../../apps/inventory/src/reservation/reservation';
import type { StockLevel } from '../../apps/inventory/src/stock/stock';
import type {
  ReservationOutcome,
  Call as LifeCall,
  OrderRequest,
} from '../../apps/orders/src/order/lifecycle';
import type { Status } from './protocol';
import { nameOf } from './world';

/**
 * What is under way, and is lost with the process or the connection that has it. It is never used
 * up: what was sent may arrive at any time, any number of times, or never. Equal ones have the same
 * text.
 */
export type Message = { readonly text: string } & (
  | Call
  /** What Inventory answered to a call. */
  | {
      readonly kind: 'answer';
      readonly order: string;
      readonly from: Status;
      readonly answer: ReservationOutcome;
    }
  /** A process has read the order's status and is about to make the requested transition. */
  | {
      readonly kind: 'wish';
      readonly order: string;
      readonly from: Status;
      readonly request: OrderRequest;
    }
  /** Inventory has seen that a hold's time has run out, and is about to end it. */
  | { readonly kind: 'due'; readonly id: string }
);

/** A process has read the order's status and made its call. */
export interface Call {
  readonly kind: 'call';
  readonly order: string;
  readonly from: Status;
  readonly call: LifeCall;
}

export interface Orders {
  readonly number: number;
  readonly statuses: ReadonlyMap<string, Status>;
  /** How often the reconciler tried. Counted only where it gives up. */
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
  /** Units that adjustments brought or took. */
  readonly adjusted: number;
}

export interface Bag {
  readonly number: number;
  readonly messages: ReadonlyMap<string, Message>;
}

/** All there is to know at one moment. Equal parts are the same object; see `Parts`. */
export interface State {
  readonly tick: number;
  readonly orders: Orders;
  readonly inventory: Inventory;
  readonly bag: Bag;
}

/** The state as a short text: equal states have the same. */
export const keyOf = ({ tick, orders, inventory, bag }: State): string =>
  `${tick}.${orders.number}.${inventory.number}.${bag.number}`;

const EPOCH = new Date(0);

/** Numbers the different values of a part of the state, told apart by a text. */
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

/** Makes the parts of states, so that equal ones are one and what does not matter is left out. */
export class Parts {
  private readonly allOrders = new Part<Omit<Orders, 'number'>>();
  private readonly allInventories = new Part<Omit<Inventory, 'number'>>();
  private readonly allBags = new Part<Omit<Bag, 'number'>>();
  private readonly bagsWith = new Map<string, Bag>();
  readonly emptyBag = this.allBags.of('', { messages: new Map() });

  orders(statuses: Orders['statuses'], attempts: Orders['attempts']): Orders {
    const text = [...statuses].map(([order, status]) => `${order}${status}`);
    const tries = [...attempts].map(([order, count]) => `${order}${count}`);
    return this.allOrders.of(`${text.join()} ${tries.join()}`, { statuses, attempts });
  }

  /** Sequence numbers and times that no rule looks at would make equal stocks differ for ever. */
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

const textOf = ({ id, state, lines, expiresAt, createdAt }: Reservation): string =>
  [
    nameOf(id),
    state,
    ...lines.map(({ sku, quantity }) => `${sku}${quantity}`),
    expiresAt?.getTime(),
    createdAt.getTime(),
  ].join(' ');
