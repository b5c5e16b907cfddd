import type { ClientBase, QueryResult } from 'pg';
import { awaitPipelined } from './await-pipelined';
import { type ConnectionPool, send, withConnection } from './connection';
import { ConnectionError } from './postgres-errors';
import type { Statement } from './prepared-statement';
import type { TransactionKind } from './session-factory';

/** SQLSTATE of a warning that has none of its own. */
const WARNING = '01000';
/** The function of Postgres that warns. Its text is translated, and others warn with the same SQLSTATE. */
const CANCELLED_WAIT = 'SyncRepWaitForLSN';

interface Notice {
  readonly code?: string;
  readonly routine?: string;
  readonly message?: string;
}

/**
 * A transaction whose begin is sent together with its first statements, ahead of them on the same
 * connection, which saves a round trip (ADR 13).
 *
 * The first statements must not write: if the begin fails, each of them runs in a transaction of
 * its own. Nothing is sent after them in that case, because every statement rejects if the begin
 * failed.
 */
export class PipelinedTransaction {
  private readonly begun: Promise<unknown>;

  private constructor(
    private readonly connections: ConnectionPool,
    private readonly client: ClientBase,
    kind: TransactionKind,
  ) {
    this.begun = send(connections, client, connections.sessions.beginSql(kind));
  }

  /** Runs `work` in a transaction. Commits if it resolves, rolls back if it rejects. */
  static run<Result>(
    connections: ConnectionPool,
    work: (tx: PipelinedTransaction) => Promise<Result>,
    kind: TransactionKind = 'write',
  ): Promise<Result> {
    return withConnection(connections, async (client) => {
      const tx = new PipelinedTransaction(connections, client, kind);
      try {
        const [, result] = await awaitPipelined([tx.begun, work(tx)]);
        await commit(connections, client);
        return result;
      } catch (error) {
        // A lost connection is discarded, and Postgres rolls back.
        if (!(error instanceof ConnectionError)) {
          await send(connections, client, 'rollback').catch(() => undefined);
        }
        throw error;
      }
    });
  }

  /** Returns the rows of a select, or of a write with `returning`. */
  async query<Row>(statement: Statement, parameters: readonly unknown[] = []): Promise<Row[]> {
    const { rows } = await this.sendAfterBegin(statement, parameters);
    return rows as Row[];
  }

  /** Returns the row of a statement that always has exactly one. */
  async queryOne<Row>(statement: Statement, parameters: readonly unknown[] = []): Promise<Row> {
    const [row] = await this.query<Row>(statement, parameters);
    if (row === undefined) throw new Error('A statement that returns one row returned none');
    return row;
  }

  /** Returns how many rows a write has affected. */
  async execute(statement: Statement, parameters: readonly unknown[] = []): Promise<number> {
    const { rowCount } = await this.sendAfterBegin(statement, parameters);
    return rowCount ?? 0;
  }

  private async sendAfterBegin(
    statement: Statement,
    parameters: readonly unknown[],
  ): Promise<QueryResult<object>> {
    const sent = send(this.connections, this.client, statement, parameters);
    const [, result] = await awaitPipelined([this.begun, sent]);
    return result;
  }
}

/** Commits. Rejects if it is not certain that the commit is as durable as the administrator demands. */
const commit = (connections: ConnectionPool, client: ClientBase): Promise<void> =>
  rejectingWarnings(client, async () => {
    await send(connections, client, 'commit');
  });

/**
 * Rejects if Postgres warns during a commit: an administrator has cancelled its wait for a synchronous
 * standby. The commit exists on this server alone, and a failover would lose it.
 */
export const rejectingWarnings = async <Result>(
  client: ClientBase,
  work: () => Promise<Result>,
): Promise<Result> => {
  let warning: string | undefined;
  const onNotice = ({ code, routine, message }: Notice) => {
    if (code === WARNING && routine === CANCELLED_WAIT) warning = message ?? 'warning';
  };
  client.on('notice', onNotice);
  try {
    const result = await work();
    if (warning !== undefined) throw new ConnectionError('query', warning);
    return result;
  } finally {
    client.off('notice', onNotice);
  }
};
