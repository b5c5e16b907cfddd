import { Client } from 'pg';
import type { Log } from '../tools/tool';
import { dropIndexes } from './dataset/bare-tables';
import { inventoryStatements } from './dataset/inventory';
import { ordersStatements } from './dataset/orders';
import { type DatasetSize, planDataset, type Statement } from './dataset/plan';
import { whileBeingFilled } from './dataset/server-settings';

export { skuName } from './dataset/plan';

export interface Dataset extends DatasetSize {
  /** Freshly migrated, empty databases, as their server's administrator. */
  readonly ordersUrl: string;
  readonly inventoryUrl: string;
  readonly say: Log;
}

/**
 * Ours alone. Nobody looks whether a foreign key is kept: the rows are made for each other. Commits
 * are few, and stay synchronous: vacuum takes no page for visible to all before its rows are safe.
 */
const SESSION = `
  set statement_timeout = 0;
  set session_replication_role = replica;
  set synchronous_commit = on;
  set maintenance_work_mem = '1GB';
  set work_mem = '256MB'`;

/**
 * Fills both databases with what the services would have written by now if `orders` orders of `skus`
 * SKUs had been placed in the last 90 days: 85 % fulfilled, 5 % still held, 5 % rejected and 5 %
 * released, with ample stock left. Both at the same time, as each is one core's work: 1,000,000 SKUs
 * and 5,000,000 orders took 222 s on two cores, and are 11 GB.
 *
 * A fill that fails leaves tables without their indexes: make the databases anew then.
 */
export const fillDataset = async ({
  ordersUrl,
  inventoryUrl,
  say,
  ...size
}: Dataset): Promise<void> => {
  const plan = planDataset(size, Date.now());
  await whileBeingFilled([ordersUrl, inventoryUrl], async () => {
    await Promise.all([
      fill(ordersUrl, ordersStatements(plan), say),
      fill(inventoryUrl, inventoryStatements(plan), say),
    ]);
  });
};

const fill = async (url: string, statements: readonly Statement[], say: Log): Promise<void> => {
  const client = new Client(url);
  await client.connect();
  const run = async (what: string, sql: string): Promise<void> => {
    const startedMs = performance.now();
    await client.query(sql);
    say(`${what}: ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
  };
  const tables = [...new Set(statements.map(({ table }) => table))];
  try {
    await client.query(SESSION);
    for (const table of tables) await assertEmpty(client, table);
    const indexes = await dropIndexes(client, tables);
    for (const { table, sql } of statements) await run(`Filling ${table}`, sql);
    // Before there are indexes, when it reads each page once. Frozen, nothing is left to autovacuum.
    for (const table of tables)
      await run(`Vacuum of ${table}`, `vacuum (freeze, analyze) ${table}`);
    for (const [name, sql] of indexes) await run(`Building ${name}`, sql);
  } finally {
    await client.end();
  }
};

const assertEmpty = async (client: Client, table: string): Promise<void> => {
  const { rowCount } = await client.query(`select from ${table} limit 1`);
  if (rowCount) throw new Error(`${table} is not empty, and can be filled only once`);
};
