import { stat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import type { Checkout } from './checkout';
import type { Report } from './report';

const STATE = '.quickbite';
const FILES = ['running.json', 'databases.env', 'postgres.password'];
/** Earlier versions created these roles with these passwords. */
const WELL_KNOWN = ['quickbite:quickbite', 'inventory_app:inventory_app', 'orders_app:orders_app'];

/** Checks that another user can neither read the passwords of a running `npm run db` nor guess them. */
export const privateFiles = async (
  checkout: Checkout,
  report: Report,
  printed: string,
): Promise<void> => {
  const state = join(checkout.root, STATE);
  const folders = {
    [state]: process.getuid?.() === 0 ? 0o711 : 0o700,
    [await checkout.dataFolder()]: 0o700,
  };
  for (const [folder, mode] of Object.entries(folders)) {
    const actual = (await stat(folder)).mode & 0o777;
    report.check(`${folder} has mode ${mode.toString(8)}`, actual === mode, actual.toString(8));
  }
  for (const file of FILES) {
    const actual = (await stat(join(state, file))).mode & 0o777;
    report.check(`${file} is readable by its owner only`, actual === 0o600, actual.toString(8));
  }

  const refused = await Promise.all(
    WELL_KNOWN.map((login) =>
      codeOfConnection(`postgres://${login}@127.0.0.1:${checkout.ports.postgres}/postgres`),
    ),
  );
  report.check(
    'Postgres refuses well-known passwords',
    refused.every((code) => code === '28P01'),
    refused,
  );

  const secrets = await passwordsIn(checkout);
  const commandLines = (await checkout.processes()).map(({ commandLine }) => commandLine);
  report.check(
    `no output and no command line contains one of the ${secrets.length} passwords`,
    secrets.length >= 5 &&
      !secrets.some((one) => [printed, ...commandLines].join('\n').includes(one)),
    { printed, commandLines },
  );
};

const codeOfConnection = async (url: string): Promise<unknown> => {
  const client = new Client(url);
  try {
    await client.connect();
    return 'connected';
  } catch (error) {
    return (Object(error) as { code?: unknown }).code;
  } finally {
    await client.end().catch(() => undefined);
  }
};

/** Returns the passwords of the administrator, the owners and the services. */
const passwordsIn = async ({ root }: Checkout): Promise<string[]> => {
  const text = (name: string) => readFile(join(root, STATE, name), 'utf8');
  const urls = (await text('running.json')).matchAll(/:\/\/\w+:(\w+)@/g);
  return [(await text('postgres.password')).trim(), ...[...urls].map(([, one = '']) => one)];
};
