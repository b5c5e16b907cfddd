/** The bounds of WatchStock. Injected, so that a test need not wait for them. */
export interface WatchSettings {
  /** How long the feed pauses when it has read all there is. */
  readonly pollMs: number;
  /** How long a watcher hears nothing before it hears that there was nothing. */
  readonly heartbeatMs: number;
  /** How long a watcher may leave unread what it was sent. */
  readonly drainMs: number;
  /** How long the database may be away before watchers are sent elsewhere. */
  readonly outageToleranceMs: number;
  /** How long one that was ended, and does not read so, keeps its place among those who watch. */
  readonly closeTimeoutMs: number;
  /** How long watchers may take to read their end when this instance stops. */
  readonly shutdownTimeoutMs: number;
  /** Calls that are open at once. */
  readonly maxWatchers: number;
  /** Different SKUs that are watched at once. Each is a look into an index in every round. */
  readonly maxSkus: number;
  /** Movements that are kept for watchers, of all SKUs together. Some 400 bytes each. */
  readonly maxCachedMovements: number;
  /** Movements that are read in one round of the feed. */
  readonly maxPollMovements: number;
  /** Movements that a watcher which catches up reads at once. */
  readonly maxPageMovements: number;
}

export const WATCH_SETTINGS = Symbol('WATCH_SETTINGS');

export const WATCH_LIMITS: WatchSettings = {
  pollMs: 100,
  heartbeatMs: 10_000,
  drainMs: 30_000,
  outageToleranceMs: 5_000,
  closeTimeoutMs: 60_000,
  shutdownTimeoutMs: 3_000,
  maxWatchers: 10_000,
  maxSkus: 10_000,
  maxCachedMovements: 50_000,
  maxPollMovements: 5_000,
  maxPageMovements: 200,
};
