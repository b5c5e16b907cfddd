import type { Client } from 'pg';
import { type Schema, SessionFactory } from '@app/postgres';
import { type Check, type CheckSet, type Difference, differenceLine } from './check';
import { schemaChecks } from './schema/schema-checks';

const CONNECT_TIMEOUT_MS = 10_000;
/** By one of these the schema with the tables is found, if the service is not known. */
const KNOWN_TABLES = ['order_event', 'stock_level'];
/** Rows per fetch. It bounds the memory, however many differences there are. */
const PAGE_ROWS = 1_000;
/** Bounds one row of a corrupt database. */
const MAX_TEXT_LENGTH = 1_000;

/**
 * A session of a command has no timeout of statements, since their time grows with the ledger. Locks have
 * one: only a schema change blocks reads. The timeout for an idle transaction bounds how long Postgres keeps old row versions for
 * a reader that stalls between two pages. Cursors are planned to be read to the end.
 * Definitions do not depend on the settings of the role.
 */
const SETTINGS = `
  set local lock_timeout = '10s';
  set local idle_in_transaction_session_timeout = '10min';
  set local cursor_tuple_fraction = 1;
  set local quote_all_identifiers = off`;

const READ_ONLY = 'set session characteristics as transaction read only';

/** A database to read. */
export interface ReadTarget {
  readonly url: string;
  /** Its service, if it is known. Without it, the tables are found by those of either service. */
  readonly schema?: Pick<Schema, 'knownTable'>;
  /** The setting that names the schema with the tables. */
  readonly schemaName?: string | undefined;
}

/**
 * Does `work` on a snapshot of the database, taken by the first query. Other sessions may write
 * meanwhile; this one cannot. The role needs SELECT only.
 */
export const withSnapshot = <Result>(
  target: ReadTarget,
  work: (client: Client) => Promise<Result>,
): Promise<Result> =>
  withReader(target, async (client) => {
    await client.query('begin isolation level repeatable read, read only');
    await client.query(SETTINGS);
    return work(client);
  });

/** Does `work` on a read-only connection of its own. Every query sees the latest committed state. */
export const withReader = async <Result>(
  { url, schema, schemaName }: ReadTarget,
  work: (client: Client) => Promise<Result>,
): Promise<Result> => {
  const sessions = new SessionFactory({
    url,
    applicationName: 'quickbite-verify',
    timeoutMs: CONNECT_TIMEOUT_MS,
    schema: schemaName,
    knownTables: schema?.knownTable === undefined ? KNOWN_TABLES : [schema.knownTable],
  });
  const client = await sessions.openClient();
  try {
    await client.query(READ_ONLY);
    return await work(client);
  } finally {
    await client.end();
  }
};

/** Returns how many rows each table of the set has. */
export const countRows = async (
  client: Client,
  { tables }: CheckSet,
): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map<string, number>();
  for (const [name, table] of Object.entries(tables)) {
    const { rows } = await client.query<{ count: string }>(`select count(*) from ${table}`);
    counts.set(name, Number(rows[0]?.count));
  }
  return counts;
};

/**
 * Every check reads whole tables. An index scan costs a random read per row: with 650,000 movements
 * the balance check took 2.8 s by index and 1.3 s by sorting.
 */
const READ_IN_SEQUENCE = 'set local enable_indexscan = off';

/** Yields the differences that a check finds, page by page. */
export async function* differencesOf(
  client: Client,
  { sql }: Check,
): AsyncGenerator<readonly Difference[]> {
  const text = (column: string) => `left(${column}::text, ${MAX_TEXT_LENGTH}) as ${column}`;
  await client.query(READ_IN_SEQUENCE);
  await client.query(
    `declare differences no scroll cursor for
      select ${text('place')}, ${text('expected')}, ${text('found')} from (${sql}) difference`,
  );
  for (;;) {
    const { rows } = await client.query<Difference>(`fetch ${PAGE_ROWS} from differences`);
    if (rows.length > 0) yield rows;
    if (rows.length < PAGE_ROWS) break;
  }
  await client.query('close differences');
}

/** Returns the checks of the catalog and the grants, for the version of this server. */
export const schemaChecksOf = async (
  client: Client,
  { schema }: Pick<CheckSet, 'schema'>,
): Promise<readonly Check[]> => {
  const { rows } = await client.query<{ version: string }>(
    `select current_setting('server_version_num') as version`,
  );
  return schemaChecks(schema, Number(rows[0]?.version));
};

/** Returns the first differences of all checks as lines, at most `limit`. */
export const firstDifferences = async (
  client: Client,
  { checks }: Pick<CheckSet, 'checks'>,
  limit: number,
): Promise<string[]> => {
  const lines: string[] = [];
  for (const check of checks) {
    for await (const page of differencesOf(client, check)) {
      lines.push(...page.map((difference) => differenceLine(check, difference)));
      if (lines.length >= limit) return lines.slice(0, limit);
    }
  }
  return lines;
};
