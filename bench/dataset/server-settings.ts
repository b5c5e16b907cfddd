import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

/**
 * Of a whole server, so they are taken back before anybody measures anything. The only checkpoint is
 * that at the end, which writes each page once; autovacuum would read everything beside us.
 */
const SETTINGS = { max_wal_size: '128GB', checkpoint_timeout: '1d', autovacuum: 'off' } as const;
const RELOADS_WITHIN_MS = 10_000;

/**
 * Does `work` while the databases' servers are set up to be filled, and ends with a checkpoint of
 * each. If this process is killed meanwhile, they stay set up like that: make them anew.
 */
export const whileBeingFilled = async (
  databaseUrls: readonly string[],
  work: () => Promise<void>,
): Promise<void> => {
  const servers = [...new Map(databaseUrls.map((url) => [new URL(url).host, url])).values()];
  const before = await Promise.all(servers.map(settingsOf));
  try {
    for (const url of servers) await setUp(url);
    await work();
  } finally {
    for (const [index, url] of servers.entries()) await takeBack(url, before[index] ?? '');
  }
};

const setUp = (url: string): Promise<void> =>
  withClient(url, async (client) => {
    for (const [name, value] of Object.entries(SETTINGS)) {
      await client.query(`alter system set ${name} = '${value}'`);
    }
    await client.query('select pg_reload_conf()');
  });

const takeBack = (url: string, before: string): Promise<void> =>
  withClient(url, async (client) => {
    for (const name of Object.keys(SETTINGS)) await client.query(`alter system reset ${name}`);
    await client.query('select pg_reload_conf()');
    // A checkpoint that still knew the larger size would keep as much of the write-ahead log.
    const deadlineMs = performance.now() + RELOADS_WITHIN_MS;
    while ((await settingsOf(url)) !== before) {
      if (performance.now() > deadlineMs) throw new Error('The server keeps settings of the fill');
      await sleep(20);
    }
    await client.query('checkpoint');
  });

/** As a new session sees them: the server's other processes have been told of them by then. */
const settingsOf = (url: string): Promise<string> =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ name: string; setting: string }>(
      'select name, setting from pg_settings where name = any($1) order by name',
      [Object.keys(SETTINGS)],
    );
    return rows.map(({ name, setting }) => `${name} = ${setting}`).join(', ');
  });

const withClient = async <Result>(url: string, work: (client: Client) => Promise<Result>) => {
  const client = new Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};
