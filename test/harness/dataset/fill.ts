import { Client } from 'pg';
import type { Log } from '../../../tools/tool';
import { dropIndexes } from './bare-tables';
import { inventoryStatements } from './inventory';
import { ordersStatements } from './orders';
import { type DatasetSize, planDataset } from './layers';
import type { Statement } from './plan';
import { withFillSettings } from './server-settings';

export { layerSkus, skuName } from './layers';

export interface Dataset extends DatasetSize {
  /** URLs of migrated, empty databases, as the administrator of the server. */
  readonly ordersUrl: string;
  readonly inventoryUrl: string;
  readonly log: Log;
}

/**
 * Settings of this session. Foreign keys are not checked: the rows are generated to match. The few
 * commits stay synchronous, since vacuum marks a page all-visible only when its rows are durable.
 */
const SESSION = `
  set statement_timeout = 0;
  set session_replication_role = replica;
  set synchronous_commit = on;
  set maintenance_work_mem = '1GB';
  set work_mem = '256MB'`;

/**
 * Fills both databases with what the services would have written for `orders` orders of `skus` SKUs in
 * the last 90 days: 85 % fulfilled, 5 % still held, 5 % rejected and 5 % released, with ample stock left.
 * A few SKUs and customers have most of the orders, and some SKUs were popular only in the past.
 * Both are filled at the same time, one core each: 1,000,000 SKUs and 5,000,000 orders took 222 s on two
 * cores and use 11 GB.
 *
 * A fill that fails leaves tables without their indexes. Create new databases then.
 */
export const fillDataset = async ({
  ordersUrl,
  inventoryUrl,
  log,
  ...size
}: Dataset): Promise<void> => {
  const plans = planDataset(size, Date.now());
  await withFillSettings([ordersUrl, inventoryUrl], async () => {
    await Promise.all([
      fill(ordersUrl, plans.flatMap(ordersStatements), log),
      fill(inventoryUrl, plans.flatMap(inventoryStatements), log),
    ]);
  });
};

const fill = async (url: string, statements: readonly Statement[], log: Log): Promise<void> => {
  const client = new Client(url);
  await client.connect();
  const run = async (what: string, sql: string): Promise<void> => {
    const startedMs = performance.now();
    await client.query(sql);
    log(`${what}: ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
  };
  const tables = [...new Set(statements.map(({ table }) => table))];
  try {
    await client.query(SESSION);
    for (const table of tables) await assertEmpty(client, table);
    const indexes = await dropIndexes(client, tables);
    for (const { table, sql } of statements) await run(`Filling ${table}`, sql);
    // Without indexes it reads each page once. Frozen rows leave nothing to autovacuum.
    for (const table of tables)
      await run(`Vacuum of ${table}`, `vacuum (freeze, analyze) ${table}`);
    for (const [name, sql] of indexes) await run(`Building ${name}`, sql);
  } finally {
    await client.end();
  }
};

const assertEmpty = async (client: Client, table: string): Promise<void> => {
  const { rowCount } = await client.query(`select from ${table} limit 1`);
  if (rowCount) throw new Error(`${table} is not empty; it can be filled only once`);
};
