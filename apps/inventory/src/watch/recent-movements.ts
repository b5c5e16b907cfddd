import type { Position } from '../stock/ledger.repository';
import type { Movement } from '../stock/stock';

/** The latest movements of one SKU without a gap, shared by all who watch it. */
export class RecentMovements {
  private readonly movements = new Map<number, Movement>();
  private firstSeq: number;

  /** Begins behind a movement that is committed: nothing is kept yet. */
  constructor(
    readonly sku: string,
    private lastSeq: number,
  ) {
    this.firstSeq = lastSeq + 1;
  }

  /** Where to read on. */
  get end(): Position {
    return { sku: this.sku, seq: this.lastSeq };
  }

  /** Takes the movement that follows the last. Gives false for any other, which would be a gap. */
  append(movement: Movement): boolean {
    if (movement.seq !== this.lastSeq + 1) return false;
    this.movements.set(movement.seq, movement);
    this.lastSeq = movement.seq;
    return true;
  }

  /** Drops the oldest. One that an earlier tail of the SKU had is none of ours. */
  drop(movement: Movement): void {
    if (this.movements.get(movement.seq) !== movement) return;
    this.movements.delete(movement.seq);
    this.firstSeq = movement.seq + 1;
  }

  /** The movement behind `seq`: undefined when there is none yet, 'gone' when it was dropped. */
  after(seq: number): Movement | 'gone' | undefined {
    return seq + 1 < this.firstSeq ? 'gone' : this.movements.get(seq + 1);
  }
}

/** What bounds the memory of all tails together: one more movement pushes the oldest out. */
export class EvictionRing {
  private readonly slots: Movement[] = [];
  private next = 0;

  constructor(private readonly size: number) {}

  /** Gives the movement that is pushed out. */
  push(movement: Movement): Movement | undefined {
    const oldest = this.slots[this.next];
    this.slots[this.next] = movement;
    this.next = (this.next + 1) % this.size;
    return oldest;
  }
}
