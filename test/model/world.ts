import type { LineDto } from '@app/contracts';
import type { ReservationCommand } from '../../apps/inventory/src/reservation/decide';
import { mergeLines } from '../../apps/inventory/src/reservation/reservation';
import type { OrderRequest } from '../../apps/orders/src/order/lifecycle';

/** A call of another client than Orders, at any time and any number of times. */
export interface ExternalCall {
  readonly description: string;
  readonly command: ReservationCommand;
}

/** A correction of the stock. */
export interface StockCount {
  readonly description: string;
  readonly sku: string;
  readonly setOnHand: number;
  /** Whether it certainly happens, like a delivery. */
  readonly fair: boolean;
}

/** A small world to search: its stock, its orders, and what else may happen. */
export interface World {
  readonly name: string;
  /** The number of reachable states. */
  readonly states: number;
  readonly stock: Readonly<Record<string, number>>;
  /** Orders that customers may place, by a name from A to F. */
  readonly orders: Readonly<Record<string, readonly LineDto[]>>;
  /** What each order keeps after its first reduction, its second one, and so on. */
  readonly reductions: Readonly<Record<string, readonly (readonly LineDto[])[]>>;
  /** Requests for each order, at any time and any number of times. */
  readonly requests: readonly OrderRequest[];
  readonly externalCalls: readonly ExternalCall[];
  readonly counts: readonly StockCount[];
  /** Time goes from 0 to here, in ticks. Every order's id is of time 0. */
  readonly lastTick: number;
  /** How long a tombstone is kept. Null: without end. */
  readonly retentionTicks: number | null;
  /** The most calls that Inventory decides in one transaction. */
  readonly maxGroup: 1 | 2;
  /** Whether a client other than Orders ends reservations of orders: CONFIRMED then does not imply HELD. */
  readonly byHand: boolean;
}

/** Returns the lines of an order after so many reductions, merged. */
export const linesAfter = (world: World, order: string, reductions: number): readonly LineDto[] => {
  const all = [world.orders[order], ...(world.reductions[order] ?? [])];
  const lines = all[reductions];
  if (!lines) throw new Error(`Order ${order} of this world is not reduced ${reductions} times`);
  return mergeLines(lines);
};

/** The UUIDv7 of time 0 for a name from A to F. */
export const idOf = (name: string): string =>
  `00000000-0000-7000-8000-00000000000${name.toLowerCase()}`;

/** The name of such an id. */
export const nameOf = (id: string): string => id.slice(-1).toUpperCase();

export const line = (sku: string, quantity = 1): LineDto => ({ sku, quantity });
