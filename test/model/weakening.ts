import type { Protocol } from './protocol';
import type { PromiseName } from './search';
import type { World } from './world';

/** The protocol without one of its parts, and the promise that only this part keeps. */
export interface Weakening {
  readonly name: string;
  readonly weaker: Partial<Protocol>;
  readonly world: World;
  readonly breaks: PromiseName;
  /** What the shortest trace ends with. */
  readonly fault: string;
}

export const HELD_THOUGH_CANCELLED = 'Order A is CANCELLED, and Inventory has recorded HELD';
