import type { LineDto } from '@app/contracts';
import type { ReservationCommand } from '../../apps/inventory/src/reservation/decide';
import type { OrderRequest } from '../../apps/orders/src/order/lifecycle';

/** A command that a client other than Orders may send to Inventory, at any time and any number of times. */
export interface ExternalCommand {
  readonly description: string;
  readonly command: ReservationCommand;
}

/** A correction of the stock. */
export interface StockAdjustment {
  readonly description: string;
  readonly sku: string;
  readonly setOnHand: number;
  /** One that comes for sure, like a delivery: what is at rest may wait for it. */
  readonly fair: boolean;
}

/** A small world to search: what there is, who wants it, and what else may happen. */
export interface World {
  readonly name: string;
  /** How many states can be reached in it. */
  readonly states: number;
  readonly stock: Readonly<Record<string, number>>;
  /** Orders that customers may place, by a name from A to F. */
  readonly orders: Readonly<Record<string, readonly LineDto[]>>;
  /** What may be asked for an order, at any time and any number of times. */
  readonly requests: readonly OrderRequest[];
  readonly externalCommands: readonly ExternalCommand[];
  readonly adjustments: readonly StockAdjustment[];
  /** Time goes from 0 to here, in ticks. Every order's id is of time 0. */
  readonly lastTick: number;
  /** How long a tombstone is kept. Null: for ever. */
  readonly retentionTicks: number | null;
  /** How many calls Inventory may decide in one transaction. */
  readonly groupOf: 1 | 2;
  /** An operator may end an order's reservation, so CONFIRMED no longer implies HELD. */
  readonly allowsManualRelease: boolean;
}

/** The UUIDv7 of time 0 for a name from A to F. */
export const idOf = (name: string): string =>
  `00000000-0000-7000-8000-00000000000${name.toLowerCase()}`;

/** The name that stands for such an id. */
export const nameOf = (id: string): string => id.slice(-1).toUpperCase();

export const line = (sku: string, quantity = 1): LineDto => ({ sku, quantity });
