import { DatabaseError } from 'pg';
import { UnsuitableDatabaseError } from './session-check';

/** Postgres did not answer: the connection could not be opened, was lost, or a statement timed out. */
export class ConnectionError extends Error {
  constructor(
    /** What was tried. After `query` it is unknown whether the statement took effect. */
    readonly phase: 'connect' | 'query',
    cause: unknown,
    /** Whether a statement exceeded the client's timeout. Postgres may still be executing it. */
    readonly hasTimedOut = false,
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'ConnectionError';
  }
}

/** The transaction may succeed if it is run again from its start. */
type Retry = 'retry';
/** The database cannot serve the request now. The caller may try again later. */
type Unavailable = 'unavailable';
/** A fault of this program or of the schema. Trying again does not help. */
type Fault = 'fault';
export type ErrorKind = Retry | Unavailable | Fault;

/** What an error of each SQLSTATE class means. A class that is not listed is a fault. */
const KIND_OF_CLASS: Readonly<Record<string, ErrorKind>> = {
  '08': 'unavailable', // connection exception
  '28': 'unavailable', // invalid authorization: a password that was just changed
  '3D': 'unavailable', // the database does not exist, or is being replaced
  '40': 'retry', // transaction rollback: serialization failure, deadlock
  '53': 'unavailable', // insufficient resources: disk, memory, connections
  '55': 'unavailable', // object not in prerequisite state: in use, lock not available
  '57': 'unavailable', // operator intervention: shutdown, cancel, timeouts
  '58': 'unavailable', // system error: I/O
  '72': 'retry', // snapshot too old
  F0: 'unavailable', // the server's configuration file
};

/** Codes that mean something else than their class. */
const KIND_OF_CODE: Readonly<Record<string, ErrorKind>> = {
  // The result of a prepared statement has changed: a migration. A new session prepares it again.
  '0A000': 'retry',
  '23505': 'retry', // unique violation: another process inserted the key first; the retry reads it
  '25006': 'unavailable', // read-only: a standby, or a server that an administrator has fenced
  '25P03': 'unavailable', // idle in transaction for too long
  '25P04': 'unavailable', // transaction timeout
  '26000': 'retry', // the session has lost its prepared statements
  '40002': 'fault', // integrity constraint violation
  '40003': 'unavailable', // statement completion unknown
  '42P05': 'retry', // the session has a prepared statement of another client
  '55000': 'fault', // wrong kind of object
  '55P02': 'fault', // cannot change a parameter
  '55P04': 'fault', // unsafe use of a new enum value
};

/** After these the session is of no use: its server is read-only, or its prepared statements are gone. */
const DISCARDED_AFTER = new Set(['0A000', '25006', '26000', '42P05']);

/** Errors of a database that cannot write at all. A probe finds out when it can. */
const WRITES_IMPOSSIBLE = new Set([
  '25006', // read-only
  '53100', // disk full
  '53200', // out of memory
  '58030', // I/O error
]);

/** SQLSTATE of a missing privilege. */
export const INSUFFICIENT_PRIVILEGE = '42501';

/** Errors that last until an administrator changes something. */
const PERMANENT_AT_START = /^(28|3D|3F|42|22)/;

const sqlState = (error: unknown): string | undefined => {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
};

/** Whether Postgres reported an error with this SQLSTATE. */
export const hasCode = (error: unknown, code: string): boolean => sqlState(error) === code;

/** Returns what an error means for the caller. Decides by type and SQLSTATE, never by text. */
export const kindOf = (error: unknown): ErrorKind => {
  if (error instanceof ConnectionError || isUnsuitable(error)) return 'unavailable';
  const code = sqlState(error);
  if (code === undefined) return 'fault';
  return KIND_OF_CODE[code] ?? KIND_OF_CLASS[code.slice(0, 2)] ?? 'fault';
};

/** Whether the session must not be used again. */
export const isSessionUnusable = (error: unknown): boolean =>
  error instanceof ConnectionError || DISCARDED_AFTER.has(sqlState(error) ?? '');

/** Whether an administrator has made a server unsuitable on which the service already works. */
export const isUnsuitable = (error: unknown): boolean => {
  const cause = error instanceof ConnectionError ? error.cause : error;
  return cause instanceof UnsuitableDatabaseError;
};

/** Whether the database has said that it cannot write at all, or not as the service needs it. */
export const areWritesImpossible = (error: unknown): boolean =>
  isUnsuitable(error) || WRITES_IMPOSSIBLE.has(sqlState(error) ?? '');

/** Whether a statement exceeded the client's timeout: one backend is frozen, or no commit can end. */
export const hasTimedOut = (error: unknown): boolean =>
  error instanceof ConnectionError && error.hasTimedOut;

/**
 * Whether the database is unavailable, as opposed to having rejected a statement. A transaction that
 * lost too many races counts as unavailable, except for a key that is taken.
 */
export const isUnavailable = (error: unknown): boolean => {
  const kind = kindOf(error);
  return kind === 'unavailable' || (kind === 'retry' && !hasCode(error, '23505'));
};

/** Whether a connection at start may succeed later. It does not for a wrong password or encoding. */
export const isTransient = (error: unknown): boolean => {
  const cause = error instanceof ConnectionError ? error.cause : error;
  if (cause instanceof DatabaseError) return !PERMANENT_AT_START.test(cause.code ?? '');
  return error instanceof ConnectionError;
};

/** Whether pg or Node reports a connection that was refused or lost. They use the base class. */
export const isPlainError = (error: unknown): error is Error =>
  error instanceof Error && Object.getPrototypeOf(error) === Error.prototype;
