import { existsSync } from 'node:fs';
import { appendFile, chmod, chown, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { asAccount } from './postgres-account';
import { binary } from './postgres-binaries';
import { isAlive } from '../apps/cli/src/instance/process-identity';
import { makeDraft, openHome, type PostgresHome, removeDrafts } from './postgres-home';
import { newPassword, readPassword, SUPERUSER, writePassword } from './postgres-password';
import { rotatePassword } from './rotate-password';
import { commandLineOf, run } from './processes';
import { errorCode, type Log, ToolError } from './tool';

const START_TIMEOUT_SECONDS = 60;
const STOP_TIMEOUT_SECONDS = 30;
/** Written at every start and included by postgresql.conf, so no value passes through a shell. */
const SETTINGS_FILE = 'quickbite.conf';
const HBA_FILE = 'pg_hba.conf';
const PID_FILE = 'postmaster.pid';
const LOG_FILE = 'server.log';
const LOG_TAIL_LINES = 15;

type Settings = Readonly<Record<string, string | number>>;

export interface PostgresOptions {
  /** The data folder. The first start creates it. */
  readonly directory: string;
  readonly port: number;
  readonly log?: Log;
  /** Settings for postgresql.conf that differ from the defaults of Postgres. */
  readonly settings?: Settings;
}

/** `immediate` ends the server without a checkpoint. The next start recovers from the WAL. */
export type StopMode = 'fast' | 'immediate';

export interface EmbeddedPostgres {
  readonly port: number;
  /** The real path of the data. */
  readonly data: string;
  /** Returns the URL of a database for the administrator of the server. */
  url(database: string): string;
  /** Does nothing if the database exists. */
  createDatabase(name: string): Promise<void>;
  /** Resolves when the server has ended. May be called again. */
  stop(mode?: StopMode): Promise<void>;
}

/**
 * Starts a real Postgres with its data in `directory`, and creates the data if there is none. Ctrl+C
 * does not reach the server, so that services can still write while they stop; call `stop` to end it.
 * A server that an earlier run left in that directory is stopped first.
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const { directory, port, log = () => undefined, settings = {} } = options;
  const home = await openHome(directory, log);
  let password = await preparePassword(home, directory, log);
  const url = (database: string) =>
    `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  await writeSettings(home, { port, ...settings });
  await startServer(home);
  if (!(await acceptsPassword(url('postgres')))) {
    log('The data has another password than the one beside it. It gets a new one.');
    await stopServer(home, 'fast');
    password = await rotatePassword(home, directory);
    await startServer(home);
  }
  return {
    port,
    data: home.data,
    url,
    createDatabase: (name) => createDatabase(url('postgres'), name),
    stop: (mode = 'fast') => stopServer(home, mode),
  };
}

/** Creates the data if there is none. Returns the administrator's password. No server runs afterwards. */
async function preparePassword(home: PostgresHome, directory: string, log: Log): Promise<string> {
  const present = await readPassword(directory);
  if (isInitialised(home)) {
    await assertSameMajor(home);
    await stopServer(home, 'fast');
    if (present) return present;
    log('The database files get a random password instead of a well-known one.');
    return rotatePassword(home, directory);
  }
  log('Creating the database files (first start only).');
  const password = present ?? newPassword();
  await writePassword(directory, password);
  await initialise(home, password);
  return password;
}

/** Stops the server that an earlier run left in `directory`, if there is one. */
export async function stopLeftover(directory: string, log: Log): Promise<void> {
  if (!existsSync(join(directory, PID_FILE))) return;
  const home = await openHome(directory, () => undefined);
  if (!(await serverPid(home))) return;
  log('Stopping the Postgres that an earlier run left behind.');
  await stopServer(home, 'fast');
}

const isInitialised = ({ data }: PostgresHome): boolean => existsSync(join(data, 'PG_VERSION'));

async function assertSameMajor({ data, binaries }: PostgresHome): Promise<void> {
  const version = (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim();
  const major = binaries.version.split('.')[0];
  if (version === major) return;
  throw new ToolError(
    `The data in ${data} is of Postgres ${version}, and this is Postgres ${major}. ` +
      'Delete it and start afresh: npm run db:reset',
  );
}

/** Creates the files in a draft folder and renames it at the end, so no incomplete data is used. */
async function initialise(home: PostgresHome, password: string): Promise<void> {
  const { data, account } = home;
  await removeDrafts(data);
  const draft = await makeDraft(data);
  try {
    const passwordFile = join(draft, 'password');
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (account) {
      for (const path of [draft, passwordFile]) await chown(path, account.uid, account.gid);
    }
    const created = join(draft, 'data');
    await runInitdb(home, created, passwordFile);
    await appendFile(join(created, 'postgresql.conf'), `include_if_exists = '${SETTINGS_FILE}'\n`);
    await rename(created, data);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** The first version with a built-in locale that sorts by code point. Older ones use C. */
const FIRST_WITH_BUILTIN_LOCALES = 17;

/** Sorts by code point on every platform, so that no test depends on the system's locales. */
async function runInitdb(home: PostgresHome, data: string, passwordFile: string): Promise<void> {
  const hasBuiltinLocales = parseInt(home.binaries.version, 10) >= FIRST_WITH_BUILTIN_LOCALES;
  const { code, output } = await runBinary(home, 'initdb', [
    `--pgdata=${data}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    ...(hasBuiltinLocales ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []),
  ]);
  if (code === 0) return;
  throw new ToolError(
    `Postgres could not create its database files in ${home.data}:\n${lastLines(output)}\n` +
      'Check that the disk has room (about 50 MB), and try again.',
  );
}

/** Every connection needs a password, also that of a standby. */
const AUTHENTICATION = `# Written at every start.
host  all          all  127.0.0.1/32  scram-sha-256
host  replication  all  127.0.0.1/32  scram-sha-256
`;

async function writeSettings({ data, account }: PostgresHome, extra: Settings): Promise<void> {
  const settings: Settings = {
    listen_addresses: '127.0.0.1',
    // The path of a socket is limited to about 100 characters, which the checkout may exceed.
    unix_socket_directories: '',
    ...extra,
  };
  const lines = Object.entries(settings).map(
    ([name, value]) => `${name} = '${String(value).replaceAll("'", "''")}'\n`,
  );
  const files = { [SETTINGS_FILE]: lines.join(''), [HBA_FILE]: AUTHENTICATION };
  for (const [name, text] of Object.entries(files)) {
    const file = join(data, name);
    await writeFile(file, text, { mode: 0o600 });
    if (account) await chown(file, account.uid, account.gid);
  }
  await chmod(data, 0o700);
}

async function startServer(home: PostgresHome): Promise<void> {
  const { data } = home;
  const logFile = join(data, LOG_FILE);
  await rm(logFile, { force: true });
  const { code, output } = await runBinary(home, 'pg_ctl', [
    'start',
    '--wait',
    `--timeout=${START_TIMEOUT_SECONDS}`,
    `--pgdata=${data}`,
    `--log=${logFile}`,
  ]);
  if (code === 0) return;
  const serverLog = await readFile(logFile, 'utf8').catch(() => output);
  await stopServer(home, 'immediate');
  throw new ToolError(
    `Postgres did not start. The end of ${logFile}:\n${lastLines(serverLog)}\n` +
      'If its data is damaged, start afresh: npm run db:reset',
  );
}

async function stopServer(home: PostgresHome, mode: StopMode): Promise<void> {
  if (!(await serverPid(home))) return;
  const { code, output } = await stopOnce(home, mode);
  if (code === 0 || !(await serverPid(home))) return;
  const forced = await stopOnce(home, 'immediate');
  if (forced.code === 0 || !(await serverPid(home))) return;
  throw new ToolError(`Postgres in ${home.data} did not stop:\n${lastLines(output)}`);
}

const stopOnce = (home: PostgresHome, mode: StopMode) =>
  runBinary(home, 'pg_ctl', [
    'stop',
    '--wait',
    `--timeout=${STOP_TIMEOUT_SECONDS}`,
    `--mode=${mode}`,
    `--pgdata=${home.data}`,
  ]);

/**
 * Returns the pid of the server of this data folder, from its postmaster.pid. After a power loss or in a
 * copied folder the file is stale: its pid may belong to another process or to the server of the
 * original folder, which pg_ctl would stop. A stale file is removed, since Postgres would not start.
 */
async function serverPid({ data }: PostgresHome): Promise<number | undefined> {
  const file = join(data, PID_FILE);
  const [pidLine, folder] = (await readFile(file, 'utf8').catch(() => '')).split('\n');
  // Negative for a server in single-user mode.
  const pid = Math.abs(Number(pidLine));
  // The file of a dead server stays. Postgres checks for surviving children before it replaces it.
  if (!pid || !isAlive(pid)) return undefined;
  const command = process.platform === 'win32' ? 'postgres' : await commandLineOf(pid);
  if (folder === data && command?.includes('postgres')) return pid;
  await rm(file, { force: true });
  return undefined;
}

/** Runs a program of Postgres in a process group of its own, so that Ctrl+C does not end it. */
async function runBinary(home: PostgresHome, name: 'initdb' | 'pg_ctl', args: string[]) {
  const { binaries, account } = home;
  const detached = process.platform !== 'win32';
  return run(binary(binaries, name), args, { ...asAccount(account), detached }).catch(
    (error: unknown) => {
      throw new ToolError(
        `${name} could not be run${account ? ` as ${account.name}` : ''}: ${String(error)}`,
      );
    },
  );
}

/** Whether the server accepts the password of this URL. */
async function acceptsPassword(url: string): Promise<boolean> {
  const INVALID_PASSWORD = '28P01';
  const client = new Client({ connectionString: url });
  try {
    await client.connect();
    return true;
  } catch (error) {
    if (errorCode(error) === INVALID_PASSWORD) return false;
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function createDatabase(adminUrl: string, name: string): Promise<void> {
  const DUPLICATE_DATABASE = '42P04';
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(`create database ${client.escapeIdentifier(name)}`);
  } catch (error) {
    if (errorCode(error) !== DUPLICATE_DATABASE) throw error;
  } finally {
    await client.end();
  }
}

const lastLines = (text: string): string =>
  text.trim().split('\n').slice(-LOG_TAIL_LINES).join('\n');
