import type { LedgerPosition } from '../stock/ledger.repository';
import type { Movement } from '../stock/stock';

/** The latest movements of one SKU without a gap, shared by all watchers of the SKU. */
export class RecentMovements {
  private readonly movements = new Map<number, Movement>();
  private firstSeq: number;

  /** Starts empty, behind a committed movement. */
  constructor(
    readonly sku: string,
    private lastSeq: number,
  ) {
    this.firstSeq = lastSeq + 1;
  }

  /** The position of the latest movement, from which to read on. */
  get position(): LedgerPosition {
    return { sku: this.sku, seq: this.lastSeq };
  }

  /** Appends the movement that follows the last one. Returns false for any other movement. */
  append(movement: Movement): boolean {
    if (movement.seq !== this.lastSeq + 1) return false;
    this.movements.set(movement.seq, movement);
    this.lastSeq = movement.seq;
    return true;
  }

  /** Removes the oldest movement. Ignores a movement of an earlier instance for the same SKU. */
  evict(movement: Movement): void {
    if (this.movements.get(movement.seq) !== movement) return;
    this.movements.delete(movement.seq);
    this.firstSeq = movement.seq + 1;
  }

  /** Returns the movement behind `seq`: undefined if there is none yet, 'evicted' if it was removed. */
  movementAfter(seq: number): Movement | 'evicted' | undefined {
    return seq + 1 < this.firstSeq ? 'evicted' : this.movements.get(seq + 1);
  }
}

/** Bounds the memory of all RecentMovements together. */
export class EvictionRing {
  private readonly slots: Movement[] = [];
  private next = 0;

  constructor(private readonly size: number) {}

  /** Adds a movement. Returns the movement to evict for it, if the ring is full. */
  push(movement: Movement): Movement | undefined {
    const oldest = this.slots[this.next];
    this.slots[this.next] = movement;
    this.next = (this.next + 1) % this.size;
    return oldest;
  }
}
