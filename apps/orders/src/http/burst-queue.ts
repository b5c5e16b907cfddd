import { Node, Yallist } from 'yallist';

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

/** The place of an item in the queue. */
export type QueuePlace<Item> = Node<Item>;

const SWEEP_INTERVAL_MS = 20;
/** The rate at which items leave is measured over this time, in which a short stall is a part only. */
const MEASURE_INTERVAL_MS = 1_000;
/** Items are taken that would wait longer than they may by this factor: the rate is an estimate. */
const OPTIMISM = 1.5;

/**
 * A first-in, first-out queue for bursts. It takes no item that would wait beyond its deadline: to reject
 * that at once is cheaper, and tells its client earlier. It does not become a standing queue, in which every item
 * waits: after `maxBurstMs` in which it was never empty it has room for a few items only, until it has
 * been empty. So a burst is queued as a whole, and in an overload most items are rejected at once, and
 * those that are queued wait only briefly.
 *
 * It is a linked list, because V8 replaces the table of a `Set` again and again as items come and go. Each
 * discarded table keeps the items that it held, with their requests and responses, in memory until the next
 * full garbage collection, which cost 8 % of the peak. For the same reason items leave by `removeNode`,
 * which clears the links of a node; `shift` leaves them.
 */
export class BurstQueue<Item extends Expiring> {
  private readonly places = new Yallist<Item>();
  private nonEmptySinceMs = 0;
  private measuredAtMs = 0;
  private leftSince = 0;
  private leftPerMs = Infinity;
  private sweep: NodeJS.Timeout | undefined;

  /** `onExpired` receives each item whose deadline passed in the queue. */
  constructor(
    private readonly options: BurstQueueOptions,
    private readonly onExpired: (item: Item) => void,
  ) {}

  get isEmpty(): boolean {
    return this.places.length === 0;
  }

  /** Whether the queue takes one more item now, which waits for at most `patienceMs`. */
  hasRoomFor(patienceMs: number): boolean {
    const { maxLength, maxBurstMs, maxLengthInOverload } = this.options;
    const { length } = this.places;
    if (length < maxLengthInOverload) return true;
    if (length >= maxLength || performance.now() - this.nonEmptySinceMs > maxBurstMs) return false;
    this.measureRate();
    return length <= this.leftPerMs * patienceMs * OPTIMISM;
  }

  /** Adds an item, also beyond the limit. Returns its place. */
  push(item: Item): QueuePlace<Item> {
    if (this.isEmpty) this.begin();
    const place = new Node(item);
    this.places.pushNode(place);
    this.sweep ??= setTimeout(() => this.expire(), SWEEP_INTERVAL_MS).unref();
    return place;
  }

  /** Removes and returns the oldest item whose deadline has not passed. */
  shift(): Item | undefined {
    for (let place = this.places.head; place; place = this.places.head) {
      this.remove(place);
      if (place.value.deadlineMs > performance.now()) {
        this.leftSince += 1;
        return place.value;
      }
      this.onExpired(place.value);
    }
    return undefined;
  }

  /** Removes the item of a place, if it is still queued. */
  remove(place: QueuePlace<Item>): void {
    if (place.list) this.places.removeNode(place);
  }

  /** A new burst, of which the rate is not known yet. */
  private begin(): void {
    this.nonEmptySinceMs = performance.now();
    this.measuredAtMs = this.nonEmptySinceMs;
    this.leftSince = 0;
    this.leftPerMs = Infinity;
  }

  /** Never less than the items of an overload per second, so that a stall does not close the queue. */
  private measureRate(): void {
    const elapsedMs = performance.now() - this.measuredAtMs;
    if (elapsedMs < MEASURE_INTERVAL_MS) return;
    this.leftPerMs = Math.max(this.leftSince / elapsedMs, this.options.maxLengthInOverload / 1_000);
    this.measuredAtMs += elapsedMs;
    this.leftSince = 0;
  }

  private expire(): void {
    const nowMs = performance.now();
    let place = this.places.head;
    while (place) {
      const { next } = place;
      if (place.list && place.value.deadlineMs <= nowMs) {
        this.remove(place);
        this.onExpired(place.value);
      }
      place = next;
    }
    this.sweep = this.isEmpty
      ? undefined
      : setTimeout(() => this.expire(), SWEEP_INTERVAL_MS).unref();
  }
}
