import type { LedgerPosition } from '../stock/ledger.repository';
import { levelAfter, type Movement, type StockLevel } from '../stock/stock';

/** The latest movements of one SKU without a gap, shared by all watchers of the SKU. */
export class RecentMovements {
  private readonly movements = new Map<number, Movement>();
  private firstSeq: number;

  /** Starts empty, behind the committed movement that led to the level. */
  constructor(private last: StockLevel) {
    this.firstSeq = last.lastSeq + 1;
  }

  get sku(): string {
    return this.last.sku;
  }

  /** The position of the latest movement, from which to read on. */
  get position(): LedgerPosition {
    return { sku: this.sku, seq: this.last.lastSeq, occurredAt: this.last.updatedAt };
  }

  /** Whether the movement has the next number but does not start from the level before it. */
  contradicts({ seq, ...movement }: Movement): boolean {
    const { lastSeq, onHand, reserved } = this.last;
    return (
      seq === lastSeq + 1 &&
      (movement.onHandAfter - movement.onHandDelta !== onHand ||
        movement.reservedAfter - movement.reservedDelta !== reserved)
    );
  }

  /** Appends the movement that follows the last one. Returns false for any other movement. */
  append(movement: Movement): boolean {
    if (movement.seq !== this.last.lastSeq + 1 || this.contradicts(movement)) return false;
    this.movements.set(movement.seq, movement);
    this.last = levelAfter(movement);
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
