import { awaitPipelined } from './await-pipelined';
import { type ConnectionPool, send, withConnection } from './connection';
import { PipelinedTransaction, rejectingWarnings } from './pipelined-transaction';
import type { Statement } from './prepared-statement';

/**
 * Runs one statement by itself. Through a pooler a session keeps no settings, so even one statement
 * needs a transaction.
 */
export const runAlone = async <Row>(
  connections: ConnectionPool,
  statement: Statement,
  parameters: readonly unknown[],
): Promise<Row[]> => {
  if (connections.sessions.isPooled) {
    return PipelinedTransaction.run(connections, (tx) => tx.query<Row>(statement, parameters));
  }
  const { rows } = await withConnection(connections, (client) =>
    rejectingWarnings(client, () => send(connections, client, statement, parameters)),
  );
  return rows as Row[];
};

/** Settings for one select whose best plan depends on the values. */
const CUSTOM_PLAN = 'set local plan_cache_mode = force_custom_plan';

/** Runs a select that Postgres plans for these parameters. */
export const runWithCustomPlan = <Row>(
  connections: ConnectionPool,
  sql: string,
  parameters: readonly unknown[],
): Promise<Row[]> =>
  PipelinedTransaction.run(connections, async (tx) => {
    const [, rows] = await awaitPipelined([tx.query(CUSTOM_PLAN), tx.query<Row>(sql, parameters)]);
    return rows;
  });

const INDEX_ORDER = `
  select set_config('plan_cache_mode', 'force_custom_plan', true),
         set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true)`;

/** Runs selects that read rows in the order of an index, in a transaction with one state. */
export const runInIndexOrder = <Result>(
  connections: ConnectionPool,
  work: (tx: PipelinedTransaction) => Promise<Result>,
): Promise<Result> =>
  PipelinedTransaction.run(
    connections,
    async (tx) => {
      const [, result] = await awaitPipelined([tx.query(INDEX_ORDER), work(tx)]);
      return result;
    },
    'snapshot',
  );
