/** SQLSTATEs after which the same transaction may well succeed when it is run again. */
const RETRYABLE = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '23505', // unique_violation: another process claimed the key first; the next run sees its row
]);

/** What two sessions get that change the same grants at once. It has no code of its own. */
const CATALOG_RACE = /tuple concurrently (updated|deleted)/;

/**
 * SQLSTATE classes and codes that mean "the database is not there for us", as opposed to "it said
 * no": connection and resource trouble, shutdown, time-outs, a standby that is read-only, and races
 * that were lost too often.
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

/** What pg and TypeORM say, without a code, when a connection breaks under a query. */
const CONNECTION_LOST =
  /connection terminated|timeout exceeded|connection error|not queryable|already released/i;

/** What pg says when a query got no answer in time. */
const QUERY_TIMEOUT = /query read timeout/i;

const codeOf = (error: unknown): string => {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' ? code : '';
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : '');

/** Whatever ends a session or keeps it from beginning is FATAL: no such database, wrong password. */
const isFatal = (error: unknown): boolean =>
  (Object(error) as { severity?: unknown }).severity === 'FATAL';

export const isRetryable = (error: unknown): boolean =>
  RETRYABLE.has(codeOf(error)) || CATALOG_RACE.test(messageOf(error));

export const isQueryTimeout = (error: unknown): boolean => QUERY_TIMEOUT.test(messageOf(error));

export const isUnavailable = (error: unknown): boolean =>
  isFatal(error) ||
  isQueryTimeout(error) ||
  NETWORK.has(codeOf(error)) ||
  UNAVAILABLE.test(codeOf(error)) ||
  CONNECTION_LOST.test(messageOf(error));

/** A wrong password or a database that does not exist will not get better by trying again. */
export const isTransient = (error: unknown): boolean =>
  isUnavailable(error) && !/^(28|3D)/.test(codeOf(error));
