import type { ClientBase, Pool, QueryResult } from 'pg';
import { awaitPipelined } from './await-pipelined';
import { send, withConnection } from './connection';
import { isQueryTimeout } from './postgres-errors';
import type { Statement } from './prepared-statement';

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

  private constructor(private readonly client: ClientBase) {
    this.begun = client.query('start transaction');
  }

  /** Runs `work` in a transaction. Commits if it resolves, rolls back if it rejects. */
  static run<Result>(
    pool: Pool,
    work: (tx: PipelinedTransaction) => Promise<Result>,
  ): Promise<Result> {
    return withConnection(pool, async (client) => {
      const tx = new PipelinedTransaction(client);
      try {
        const [, result] = await awaitPipelined([tx.begun, work(tx)]);
        await client.query('commit');
        return result;
      } catch (error) {
        // After a timeout the connection is discarded, and Postgres rolls back.
        if (!isQueryTimeout(error)) await client.query('rollback').catch(() => undefined);
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
    const sent = send(this.client, statement, parameters);
    const [, result] = await awaitPipelined([this.begun, sent]);
    return result;
  }
}
