import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import type { Checkout } from './checkout';
import type { Report } from './report';

const STATE = '.quickbite';
const FILES = ['running.json', 'databases.env', 'postgres.password'];
/** Earlier versions created these roles with these passwords. */
const WELL_KNOWN = ['quickbite:quickbite', 'inventory_app:inventory_app', 'orders_app:orders_app'];

/**
 * Checks that another user can neither read nor guess the passwords of a running `npm run db` or
 * `npm start`, and that its services do not have those of the owners.
 */
export const privateFiles = async (
  checkout: Checkout,
  report: Report,
  printed: string,
): Promise<void> => {
  await checkModes(checkout, report);
  const refused = await Promise.all(
    WELL_KNOWN.map(async (login) => codeOfConnection(login, await portOf(checkout))),
  );
  report.check(
    'Postgres refuses well-known passwords',
    refused.every((code) => code === '28P01'),
    refused,
  );

  const { administrator, owners, services } = await passwordsOf(checkout);
  const processes = await checkout.processes();
  const visible = [printed, ...processes.map(({ commandLine }) => commandLine)].join('\n');
  const all = [administrator, ...owners, ...services];
  report.check(
    `no output and no command line contains one of the ${all.length} passwords`,
    all.length === 5 && !all.some((password) => visible.includes(password)),
    visible,
  );

  const serving = processes.filter(({ commandLine }) => commandLine.includes('dist/apps/'));
  // `npm run db` starts none.
  if (serving.length === 0) return;
  const environments = await Promise.all(
    serving.map(({ pid }) => readFile(`/proc/${pid}/environ`, 'utf8')),
  );
  report.check(
    `the ${serving.length} services have no password of an owner, and one of a service each`,
    environments.every(
      (text) =>
        ![administrator, ...owners].some((password) => text.includes(password)) &&
        services.filter((password) => text.includes(password)).length === 1,
    ),
    serving,
  );
};

const checkModes = async (checkout: Checkout, report: Report): Promise<void> => {
  const state = join(checkout.root, STATE);
  const data = await checkout.dataFolder();
  const expected: Record<string, number> = { [state]: await folderMode(state), [data]: 0o700 };
  if (dirname(data) !== state) expected[dirname(data)] = await folderMode(dirname(data));
  for (const file of FILES) expected[join(state, file)] = 0o600;
  for (const [path, mode] of Object.entries(expected)) {
    const actual = (await stat(path)).mode & 0o777;
    report.check(`${path} has mode ${mode.toString(8)}`, actual === mode, actual.toString(8));
  }
};

/** The server of root has an account of its own, which must reach its data. */
const folderMode = async (folder: string): Promise<number> =>
  (await stat(folder)).uid === 0 ? 0o711 : 0o700;

const codeOfConnection = async (login: string, port: string): Promise<unknown> => {
  const client = new Client(`postgres://${login}@127.0.0.1:${port}/postgres`);
  try {
    await client.connect();
    return 'connected';
  } catch (error) {
    return (Object(error) as { code?: unknown }).code;
  } finally {
    await client.end().catch(() => undefined);
  }
};

const textOf = ({ root }: Checkout, name: string): Promise<string> =>
  readFile(join(root, STATE, name), 'utf8');

const portOf = async (checkout: Checkout): Promise<string> =>
  /@127\.0\.0\.1:(\d+)\//.exec(await textOf(checkout, 'databases.env'))?.[1] ?? '';

const passwordsOf = async (checkout: Checkout) => {
  const published = (await textOf(checkout, 'running.json')).matchAll(/:\/\/(\w+):(\w+)@/g);
  const logins = [...published].map(([, user = '', password = '']) => ({ user, password }));
  const those = (suffix: string) =>
    logins.filter(({ user }) => user.endsWith(suffix)).map(({ password }) => password);
  return {
    administrator: (await textOf(checkout, 'postgres.password')).trim(),
    owners: those('_owner'),
    services: those('_app'),
  };
};
