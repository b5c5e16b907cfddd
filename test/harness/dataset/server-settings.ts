import { eventually } from '../wait';
import { withClient } from '../with-client';

/**
 * Settings of the whole server, reset before anything is measured. The only checkpoint is the one at the
 * end, which writes each page once. Autovacuum would read all tables at the same time.
 */
const SETTINGS = { max_wal_size: '128GB', checkpoint_timeout: '1d', autovacuum: 'off' } as const;
const RELOAD_TIMEOUT_MS = 10_000;

/**
 * Runs `work` with these settings on the servers of the databases, then resets them and ends with a
 * checkpoint. If this process is killed in between, the servers keep the settings: create new ones.
 */
export const withFillSettings = async (
  databaseUrls: readonly string[],
  work: () => Promise<void>,
): Promise<void> => {
  const servers = [...new Map(databaseUrls.map((url) => [new URL(url).host, url])).values()];
  const before = await Promise.all(servers.map(settingsOf));
  try {
    for (const url of servers) await apply(url);
    await work();
  } finally {
    for (const [index, url] of servers.entries()) await reset(url, before[index] ?? '');
  }
};

const apply = (url: string): Promise<void> =>
  withClient(url, async (client) => {
    for (const [name, value] of Object.entries(SETTINGS)) {
      await client.query(`alter system set ${name} = '${value}'`);
    }
    await client.query('select pg_reload_conf()');
  });

const reset = (url: string, before: string): Promise<void> =>
  withClient(url, async (client) => {
    for (const name of Object.keys(SETTINGS)) await client.query(`alter system reset ${name}`);
    await client.query('select pg_reload_conf()');
    // A checkpoint with the larger max_wal_size would keep as much of the write-ahead log.
    const isReset = async (): Promise<boolean> => (await settingsOf(url)) === before;
    await eventually('the server has its former settings', isReset, RELOAD_TIMEOUT_MS);
    await client.query('checkpoint');
  });

/** Reads them in a new session: by then all processes of the server have reloaded them. */
const settingsOf = (url: string): Promise<string> =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ name: string; setting: string }>(
      'select name, setting from pg_settings where name = any($1) order by name',
      [Object.keys(SETTINGS)],
    );
    return rows.map(({ name, setting }) => `${name} = ${setting}`).join(', ');
  });
