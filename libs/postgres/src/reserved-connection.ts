import { Pool } from 'pg';
import { type ConnectionPool, send, withConnection } from './connection';
import { PipelinedTransaction } from './pipelined-transaction';
import { assertGuarded } from './session-check';

/** Whether a server takes the writes of the service, and its time. */
export interface ServerState {
  readonly isReadOnly: boolean;
  /** Privileges that the role has lost, in words. */
  readonly missingPrivileges: readonly string[];
  /** The time of the database, between the begin and the end of the request. */
  readonly now: Date;
}

interface Guards {
  readonly replicationRole: string;
}

/** A privilege without which the service cannot work. */
export interface RequiredPrivilege {
  readonly table: string;
  readonly privilege: string;
}

const REPLICATION_ROLE = `current_setting('session_replication_role') as "replicationRole"`;

const READ_STATE = `
  select pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as "isReadOnly",
         ${REPLICATION_ROLE},
         array(select format('%s on %s', privilege, name)
                 from unnest($1::text[], $2::text[]) as needed (name, privilege)
                where to_regclass(quote_ident(name)) is null
                   or not has_table_privilege(to_regclass(quote_ident(name)), privilege))
           as "missingPrivileges",
         clock_timestamp() as now`;

/**
 * Ends a commit that still waits for a synchronous standby after its client has given up. The server may
 * not report its statement (track_activities), so the session is recognized by its start.
 */
const CANCEL = `
  select pg_cancel_backend(pid) from pg_stat_activity
   where pid = $1 and backend_start = $2::text::timestamptz and wait_event = 'SyncRep'`;

/** The session of a probe. The time is text, since a Date has no microseconds. */
interface ProbeSession {
  readonly pid: number;
  readonly startedAt: string;
}

const PROBE_SESSION = `
  select pid, backend_start::text as "startedAt", ${REPLICATION_ROLE}
    from pg_stat_activity where pid = pg_backend_pid()`;

/** Writes nothing but a record in the log of Postgres. Its commit waits as every other commit does. */
const EMIT = `select pg_logical_emit_message(true, 'quickbite.write-probe', '')`;

/**
 * A connection apart from the pool, for health checks: they do not wait for the requests, and the
 * requests do not wait for them.
 */
export class ReservedConnection {
  private readonly connections: ConnectionPool;
  private lastProbe: ProbeSession | undefined;

  constructor(
    shared: ConnectionPool,
    private readonly privileges: readonly RequiredPrivilege[],
  ) {
    const pool = new Pool({ ...shared.pool.options, max: 1, min: 0 });
    pool.on('error', () => undefined);
    this.connections = { ...shared, pool };
  }

  /** Reads whether the server takes writes at all. Throws UnsuitableDatabaseError without its guards. */
  async readState(): Promise<ServerState> {
    const { replicationRole, ...state } = await PipelinedTransaction.run(this.connections, (tx) =>
      tx.queryOne<ServerState & Guards>(READ_STATE, [
        this.privileges.map(({ table }) => table),
        this.privileges.map(({ privilege }) => privilege),
      ]),
    );
    assertGuarded(replicationRole);
    return state;
  }

  /**
   * Resolves if the database can write, with its guards: `sample` is a statement that needs new disk space
   * and is rolled back, and an empty transaction is committed. The commit of an earlier probe that still
   * waits for a standby is cancelled; it has no effect.
   */
  async probeWrite(sample: string): Promise<void> {
    await this.cancelEarlierProbe();
    await withConnection(this.connections, async (client) => {
      await send(this.connections, client, this.connections.sessions.beginSql('write'));
      try {
        await send(this.connections, client, sample);
      } finally {
        await send(this.connections, client, 'rollback');
      }
    });
    await PipelinedTransaction.run(this.connections, async (tx) => {
      const { replicationRole, ...session } = await tx.queryOne<ProbeSession & Guards>(
        PROBE_SESSION,
      );
      assertGuarded(replicationRole);
      this.lastProbe = session;
      await tx.query(EMIT);
    });
    this.lastProbe = undefined;
  }

  /** Closes the connection. */
  async close(): Promise<void> {
    await this.connections.pool.end();
  }

  private async cancelEarlierProbe(): Promise<void> {
    if (!this.lastProbe) return;
    const { pid, startedAt } = this.lastProbe;
    await withConnection(this.connections, (client) =>
      send(this.connections, client, CANCEL, [pid, startedAt]),
    );
    this.lastProbe = undefined;
  }
}
