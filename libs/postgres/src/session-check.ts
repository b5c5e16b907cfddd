import type { ClientBase } from 'pg';

/**
 * Start-up options of a session. The first has no meaning to Postgres: a session that has it is a
 * connection to Postgres itself, because a pooler, which shares sessions, rejects or drops these options.
 * The others apply until the session is prepared.
 */
export const DIRECT_SESSION_OPTIONS =
  '-c quickbite.direct=1 -c statement_timeout=0 -c lock_timeout=0 -c idle_session_timeout=0';

/** What a session says about its server. */
export interface SessionState {
  readonly isDirect: boolean;
  readonly isStandby: boolean;
  readonly isReadOnly: boolean;
  readonly encoding: string;
  readonly replicationRole: string;
  readonly fsync: string;
}

export const readSessionState = async (client: ClientBase): Promise<SessionState> => {
  const { rows } = await client.query<SessionState>(`
    select coalesce(current_setting('quickbite.direct', true), '') = '1' as "isDirect",
           pg_is_in_recovery() as "isStandby",
           current_setting('transaction_read_only') = 'on' as "isReadOnly",
           current_setting('server_encoding') as encoding,
           current_setting('session_replication_role') as "replicationRole",
           current_setting('fsync') as fsync`);
  const [state] = rows;
  if (!state) throw new Error('The session check returned no row');
  return state;
};

/** A database with which no promise can be kept. The administrator has to change it. */
export class UnsuitableDatabaseError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnsuitableDatabaseError';
  }
}

/** Throws if the service must not use this database, with the remedy. */
export const assertSuitable = ({ encoding, replicationRole, fsync }: SessionState): void => {
  if (encoding !== 'UTF8') {
    throw new UnsuitableDatabaseError(
      `The database has the encoding ${encoding}, which cannot store all text that clients send. ` +
        `Create it with encoding 'UTF8'.`,
    );
  }
  assertGuarded(replicationRole);
  if (fsync !== 'on') {
    throw new UnsuitableDatabaseError(
      'fsync is off: a crash of this server would lose confirmed orders. Switch it on in ' +
        'postgresql.conf.',
    );
  }
};

/** Throws if the server does not apply the guards of the tables. A reload reaches open sessions as well. */
export const assertGuarded = (replicationRole: string): void => {
  if (replicationRole === 'origin') return;
  throw new UnsuitableDatabaseError(
    `session_replication_role is ${replicationRole}, which switches off the foreign keys and the ` +
      'protection of the ledger. Reset it (alter role, alter database or alter system … reset ' +
      'session_replication_role).',
  );
};
