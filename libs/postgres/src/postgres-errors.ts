/** SQLSTATEs after which a retry of the same transaction may succeed. */
const RETRYABLE = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '23505', // unique_violation: another process inserted the key first; the retry reads its row
]);

/** The error of two sessions that change the same grants at once. It has no specific SQLSTATE. */
const CATALOG_RACE = /tuple concurrently (updated|deleted)/;

/**
 * SQLSTATE classes and codes of an unavailable database: connection and resource errors, shutdown,
 * timeouts, a read-only standby, and transactions that lost too many races.
 */
const UNAVAILABLE = /^(08|53|57P|57014|25P03|25006|40001|40P01)/;

const NETWORK = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** Messages of pg and TypeORM, which have no code, for a connection that was lost. */
const CONNECTION_LOST =
  /connection terminated|timeout exceeded|connection error|not queryable|already released/i;

/** The message of pg for a query that timed out in the client. */
const QUERY_TIMEOUT = /query read timeout/i;

const codeOf = (error: unknown): string => {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' ? code : '';
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : '');

/** FATAL errors end a session or prevent it: a missing database, a wrong password. */
const isFatal = (error: unknown): boolean =>
  (Object(error) as { severity?: unknown }).severity === 'FATAL';

/** Whether the transaction lost a race and may succeed on a retry. */
export const isRetryable = (error: unknown): boolean =>
  RETRYABLE.has(codeOf(error)) || CATALOG_RACE.test(messageOf(error));

/** Whether the client stopped waiting for a statement; the backend may still run it. */
export const isQueryTimeout = (error: unknown): boolean => QUERY_TIMEOUT.test(messageOf(error));

/** Whether the database is unavailable, as opposed to having rejected a statement. */
export const isUnavailable = (error: unknown): boolean =>
  isFatal(error) ||
  isQueryTimeout(error) ||
  NETWORK.has(codeOf(error)) ||
  UNAVAILABLE.test(codeOf(error)) ||
  CONNECTION_LOST.test(messageOf(error));

/** Whether a retry may help. It does not for a wrong password or a missing database. */
export const isTransient = (error: unknown): boolean =>
  isUnavailable(error) && !/^(28|3D)/.test(codeOf(error));
