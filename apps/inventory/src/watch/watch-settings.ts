import type { SkuLimits } from './sku-quota';

/**
 * Limits of WatchStock. Injected, so that a test does not have to wait for them. Each watched SKU costs one
 * index lookup per poll.
 */
export interface WatchSettings extends SkuLimits {
  /** Pause between two reads of the ledger, unless the first one left movements unread. */
  readonly pollMs: number;
  /** Pause between two checks that the ledger still has the last movement of every watched SKU. */
  readonly verifyMs: number;
  /** Time without an event after which a watcher gets a heartbeat. */
  readonly heartbeatMs: number;
  /** Time that a watcher may take to read what was sent. */
  readonly drainMs: number;
  /** Duration of a database outage after which all watch calls end. */
  readonly outageToleranceMs: number;
  /** Time that the client of an ended call may take to read the end. */
  readonly closeTimeoutMs: number;
  /** The same, while this instance shuts down. */
  readonly shutdownTimeoutMs: number;
  /** Maximum number of open watch calls. */
  readonly maxWatchers: number;
  /** Maximum number of movements in memory, over all SKUs. Each takes about 400 bytes. */
  readonly maxCachedMovements: number;
  /** Maximum number of movements that one poll reads. */
  readonly maxPollMovements: number;
  /** Maximum number of movements that one read returns to a watcher that catches up. */
  readonly maxPageMovements: number;
}

export const WATCH_SETTINGS = Symbol('WATCH_SETTINGS');

export const WATCH_LIMITS: WatchSettings = {
  pollMs: 100,
  verifyMs: 2_000,
  heartbeatMs: 10_000,
  drainMs: 30_000,
  outageToleranceMs: 5_000,
  closeTimeoutMs: 60_000,
  shutdownTimeoutMs: 3_000,
  maxWatchers: 10_000,
  maxSkus: 10_000,
  maxSkusPerPeer: 5_000,
  maxUnknownSkus: 2_000,
  maxUnknownSkusPerPeer: 1_000,
  maxCachedMovements: 50_000,
  maxPollMovements: 5_000,
  maxPageMovements: 200,
};
