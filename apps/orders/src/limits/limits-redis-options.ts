/** The Redis in which all instances count together. */
export interface LimitsRedisOptions {
  readonly url: string;
  /** Of the certificates that sign that of the server. */
  readonly caFile?: string;
  /** The beginning of all keys. */
  readonly prefix: string;
  /** How long a request waits for a reply. */
  readonly timeoutMs: number;
}
