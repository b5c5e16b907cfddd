/** Something to deliver: an event of the log, in its order. */
export interface WindowEntry {
  readonly position: number;
  readonly key: string;
}

/**
 * The events of the log that one webhook is receiving now. Events of one key are taken one after the
 * other, those of different keys independently. Remembers how far all events are done.
 */
export class DeliveryWindow<Entry extends WindowEntry> {
  /** Those that are not done, in the order of the log. */
  private readonly open = new Set<number>();
  /** Those of a key that wait for their turn. A key that is taken has an entry here, too. */
  private readonly queues = new Map<string, Entry[]>();
  /** Keys that have an entry to take. */
  private readonly ready = new Set<string>();
  private readTo: number;

  /** `position`: all events up to it are done. */
  constructor(position: number) {
    this.readTo = position;
  }

  /** How many events are not done. */
  get size(): number {
    return this.open.size;
  }

  /** Position up to which all events of the log were added or left out. */
  get end(): number {
    return this.readTo;
  }

  /** Position up to which all events are done. */
  get donePosition(): number {
    const [first] = this.open;
    return first === undefined ? this.readTo : first - 1;
  }

  /** Adds the events of the next page of the log, which ends at `end`. */
  add(entries: readonly Entry[], end: number): void {
    for (const entry of entries) {
      this.open.add(entry.position);
      const queue = this.queues.get(entry.key);
      if (queue) queue.push(entry);
      else {
        this.queues.set(entry.key, [entry]);
        this.ready.add(entry.key);
      }
    }
    this.readTo = end;
  }

  /** Whether the key has an event that is not done. */
  has(key: string): boolean {
    return this.queues.has(key);
  }

  /** Takes the next event of a key of which none is taken and that `isFree`. */
  take(isFree: (key: string) => boolean): Entry | undefined {
    for (const key of this.ready) {
      if (!isFree(key)) continue;
      this.ready.delete(key);
      return this.queues.get(key)?.[0];
    }
    return undefined;
  }

  /** The event that was taken is done: the next one of its key can be taken. */
  finish({ key, position }: Entry): void {
    this.open.delete(position);
    const queue = this.queues.get(key);
    queue?.shift();
    if (queue && queue.length > 0) this.ready.add(key);
    else this.queues.delete(key);
  }

  /** Removes all events of a key, which become the caller's. Returns them in their order. */
  removeKey(key: string): Entry[] {
    const entries = this.queues.get(key) ?? [];
    for (const { position } of entries) this.open.delete(position);
    this.queues.delete(key);
    this.ready.delete(key);
    return entries;
  }
}
