/** What a load process is told to do, and what it tells of it. Both cross its IPC channel as JSON. */

/** `order` is POST /v1/orders; `reserve` is ReserveStock; `batch` is BatchCreateReservations. */
export type CallKind = 'order' | 'reserve' | 'batch';

/** What is asked for. Each line is of another SKU, and of one unit. */
export interface Wanted {
  readonly skus: readonly string[];
  /** Lines of one order. */
  readonly lines: number;
  /** `zipf`: the n-th SKU is wanted 1/n as often as the first. */
  readonly draw: 'even' | 'zipf';
}

export interface LoadPlan {
  readonly call: CallKind;
  /** host:port of each instance; clients are spread over them. */
  readonly addresses: readonly string[];
  /** How many calls are in flight at most. */
  readonly clients: number;
  /** Calls that begin each second, whatever becomes of them. Without it, each client calls on and on. */
  readonly callsPerSecond?: number;
  /** Reservations in one call, of a `batch`. */
  readonly batch?: number;
  readonly wanted: Wanted;
  /** Which answer is right: units that were given, or a refusal for want of them. */
  readonly expects: 'given' | 'refused';
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface Measured {
  /** Right answers; of a `batch`, the reservations in them. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Units that right answers gave, from the start of the warm-up to the last answer. */
  readonly units: number;
  /** Units that wrong answers were about: they may have been given all the same, or be given yet. */
  readonly unitsInDoubt: number;
  readonly wrong: number;
  /** The first of the wrong answers. */
  readonly examples: readonly string[];
}
