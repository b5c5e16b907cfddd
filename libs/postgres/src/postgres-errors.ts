/** SQLSTATEs after which the same transaction may well succeed when it is run again. */
const RETRYABLE = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '23505', // unique_violation: another process claimed the key first; the next run sees its row
]);

/** SQLSTATE classes and codes that mean "the database is not there", as opposed to "it said no". */
const UNAVAILABLE = /^(08|53|57P|57014|25P03)/;

const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
]);

/** What pg says, without a code, when a connection breaks or a query gets no answer in time. */
const LOST =
  /connection terminated|query read timeout|timeout exceeded|client has encountered a connection error|not queryable/i;

const codeOf = (error: unknown): string => {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' ? code : '';
};

export const isRetryable = (error: unknown): boolean => RETRYABLE.has(codeOf(error));

/** Whatever ends a session or keeps it from beginning is FATAL: no such database, wrong password. */
const isFatal = (error: unknown): boolean =>
  (Object(error) as { severity?: unknown }).severity === 'FATAL';

export const isUnavailable = (error: unknown): boolean => {
  if (isFatal(error)) return true;
  const code = codeOf(error);
  if (NETWORK.has(code) || UNAVAILABLE.test(code)) return true;
  return error instanceof Error && LOST.test(error.message);
};
