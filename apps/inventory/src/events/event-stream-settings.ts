/** Limits of StreamEvents. Injected, so that a test does not have to wait for them. */
export interface EventStreamSettings {
  /** Pause between two reads of the log while there are events. */
  readonly pollMs: number;
  /** Time without an event after which a stream gets a heartbeat. */
  readonly heartbeatMs: number;
  /** Time that a client may take to read what was sent. */
  readonly drainMs: number;
  /** Duration of a database outage after which all streams end. */
  readonly outageToleranceMs: number;
  /** Time that the client of an ended call may take to read the end. */
  readonly closeTimeoutMs: number;
  /** The same, while this instance shuts down. */
  readonly shutdownTimeoutMs: number;
  /** Maximum number of open calls. */
  readonly maxStreams: number;
  /** Events in memory that streams which keep up share. */
  readonly maxRecent: number;
}

export const EVENT_STREAM_SETTINGS = Symbol('EVENT_STREAM_SETTINGS');

export const EVENT_STREAM_LIMITS: EventStreamSettings = {
  pollMs: 100,
  heartbeatMs: 10_000,
  drainMs: 30_000,
  outageToleranceMs: 5_000,
  closeTimeoutMs: 60_000,
  shutdownTimeoutMs: 3_000,
  maxStreams: 1_000,
  maxRecent: 10_000,
};
