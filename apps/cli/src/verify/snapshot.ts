import { Client } from 'pg';
import { type Check, type CheckSet, type Difference, differenceLine } from './check';

const CONNECT_WITHIN_MS = 10_000;
/** Rows that are fetched and told of at a time, which bounds memory, however many there are. */
const PAGE_ROWS = 1_000;
/** Bounds a row, whatever a broken database has in it. */
const MAX_TEXT_LENGTH = 300;

/**
 * A statement may take as long as the ledger is long. A lock is not waited for long: only a change
 * of tables is in the way of reading. Whoever reads a page of differences has some time for it, but
 * not for ever, since Postgres keeps all old rows meanwhile. A cursor will be read to its end.
 */
const SETTINGS = `
  set local statement_timeout = 0;
  set local lock_timeout = '10s';
  set local idle_in_transaction_session_timeout = '10min';
  set local cursor_tuple_fraction = 1;
  set local timezone = 'UTC';
  set local datestyle = 'ISO'`;

const READ_ONLY = `set session characteristics as transaction read only; set timezone = 'UTC'`;

/**
 * Does `work` on the database as it is at one moment, while it goes on changing: the moment of the
 * first query. Nothing can be written, and to be allowed to SELECT suffices.
 */
export const withSnapshot = <Result>(
  url: string,
  work: (client: Client) => Promise<Result>,
): Promise<Result> =>
  withReader(url, async (client) => {
    await client.query('begin isolation level repeatable read, read only');
    await client.query(SETTINGS);
    return work(client);
  });

/** Does `work` on a connection of its own that cannot write; each query sees what is there by then. */
export const withReader = async <Result>(
  url: string,
  work: (client: Client) => Promise<Result>,
): Promise<Result> => {
  const client = new Client({
    connectionString: url,
    application_name: 'quickbite-verify',
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    keepAlive: true,
  });
  // A lost connection fails the query that is under way, which is what its caller hears of.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(READ_ONLY);
    return await work(client);
  } finally {
    await client.end();
  }
};

/** How many rows each of the tables has, by what they are. */
export const countRows = async (
  client: Client,
  { tables }: CheckSet,
): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map<string, number>();
  for (const [what, table] of Object.entries(tables)) {
    const { rows } = await client.query<{ count: string }>(`select count(*) from ${table}`);
    counts.set(what, Number(rows[0]?.count));
  }
  return counts;
};

/**
 * Each check reads whole tables. In the order of an index that costs a jump for each row: with 650,000
 * movements the balance of the ledger took 2.8 s so, and 1.3 s by sorting them.
 */
const READ_IN_SEQUENCE = 'set local enable_indexscan = off';

/** All differences that a check finds, page by page. */
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

/** The first differences of all checks as lines, at most `limit`. */
export const firstDifferences = async (
  client: Client,
  { checks }: CheckSet,
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
