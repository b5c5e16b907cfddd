export interface BurstQueueOptions {
  /** Maximum number of items in a burst. */
  readonly maxLength: number;
  /** The queue absorbs a burst for this long. If it has not been empty since, it is an overload. */
  readonly maxBurstMs: number;
  /** Maximum number of items in an overload: enough that a free place never waits for an item. */
  readonly maxLengthInOverload: number;
}

/** Something that waits until its deadline, by `performance.now()`. */
export interface Expiring {
  readonly deadlineMs: number;
}

const SWEEP_INTERVAL_MS = 20;

/**
 * A first-in, first-out queue for bursts. It does not become a standing queue, in which every item
 * waits: after `maxBurstMs` in which it was never empty it has room for a few items only, until it has
 * been empty. So a burst is queued as a whole, and in an overload most items are rejected at once, and
 * those that are queued wait only briefly.
 */
export class BurstQueue<Item extends Expiring> {
  private readonly items = new Set<Item>();
  private nonEmptySinceMs = 0;
  private sweep: NodeJS.Timeout | undefined;

  /** `onExpired` receives each item whose deadline passed in the queue. */
  constructor(
    private readonly options: BurstQueueOptions,
    private readonly onExpired: (item: Item) => void,
  ) {}

  get isEmpty(): boolean {
    return this.items.size === 0;
  }

  /** Whether the queue takes one more item now. */
  get hasRoom(): boolean {
    const { maxLength, maxBurstMs, maxLengthInOverload } = this.options;
    if (this.items.size < maxLengthInOverload) return true;
    const isOverload = performance.now() - this.nonEmptySinceMs > maxBurstMs;
    return !isOverload && this.items.size < maxLength;
  }

  /** Adds an item, also beyond the limit. */
  push(item: Item): void {
    if (this.isEmpty) this.nonEmptySinceMs = performance.now();
    this.items.add(item);
    this.sweep ??= setTimeout(() => this.expire(), SWEEP_INTERVAL_MS).unref();
  }

  /** Removes and returns the oldest item whose deadline has not passed. */
  shift(): Item | undefined {
    for (const item of this.items) {
      this.items.delete(item);
      if (item.deadlineMs > performance.now()) return item;
      this.onExpired(item);
    }
    return undefined;
  }

  /** Removes an item, if it is queued. */
  delete(item: Item): void {
    this.items.delete(item);
  }

  private expire(): void {
    const nowMs = performance.now();
    for (const item of this.items) {
      if (item.deadlineMs > nowMs) continue;
      this.items.delete(item);
      this.onExpired(item);
    }
    this.sweep = this.isEmpty
      ? undefined
      : setTimeout(() => this.expire(), SWEEP_INTERVAL_MS).unref();
  }
}
