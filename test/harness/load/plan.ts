/** What a load process is told to do and what it reports. Both cross its IPC channel as JSON. */

/** `order` is POST /v1/orders; `reserve` is ReserveStock; `batch` is BatchCreateReservations. */
export type CallKind = 'order' | 'reserve' | 'batch';

/** What each call asks for. Each line is one unit of another SKU. */
export interface Wanted {
  readonly skus: readonly string[];
  /** Lines of one order. */
  readonly lines: number;
  /** `zipf`: the n-th SKU is drawn 1/n as often as the first. */
  readonly draw: 'even' | 'zipf';
}

export interface LoadPlan {
  readonly call: CallKind;
  /** host:port of each instance; clients are spread over them. */
  readonly addresses: readonly string[];
  /** The maximum number of calls in flight. */
  readonly clients: number;
  /** Calls that begin each second, independent of answers. Without it, each client calls on and on. */
  readonly callsPerSecond?: number;
  /** Reservations in one call of a `batch`. */
  readonly batch?: number;
  readonly wanted: Wanted;
  /** The expected answer: the units are reserved, or rejected for want of stock. */
  readonly expects: 'accepted' | 'rejected';
  /** Tokens of the customers who order in turn. Without them, Orders must not ask for credentials. */
  readonly tokens?: readonly string[];
  /** Sends each order with an Idempotency-Key of its own, and without a token. */
  readonly hasKeys?: boolean;
  /** Counts 202 and 503 OVERLOADED instead of taking them for wrong answers. */
  readonly allowsOverload?: boolean;
  /** A client that got a 503 waits as `Retry-After` asks. */
  readonly honorsRetryAfter?: boolean;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface Measured {
  /** Expected answers; of a `batch`, the reservations in them. */
  readonly perSecond: number;
  readonly pendingPerSecond: number;
  readonly overloadedPerSecond: number;
  /** Of expected answers. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Units that expected answers reserved, from the start of the warm-up to the last answer. */
  readonly units: number;
  /** Units of all other calls, which may be reserved all the same or later. */
  readonly unitsInDoubt: number;
  readonly wrong: number;
  /** The first wrong answers. */
  readonly examples: readonly string[];
}
