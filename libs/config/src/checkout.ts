import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import { fileVariableOf } from './setting-files';

/** Every checkout has this file at its top. An image or an installation without sources has none. */
const CHECKOUT_MARKER = 'nest-cli.json';

/** The folder of a checkout for its databases and the passwords of its embedded Postgres. */
export const STATE_FOLDER = '.quickbite';

/**
 * Returns the top of the checkout that contains a folder. The nearest one counts, so that a worktree
 * inside another checkout never uses the databases of the outer one.
 */
export function findCheckout(folder: string): string | undefined {
  for (let candidate = folder; ; candidate = dirname(candidate)) {
    if (existsSync(join(candidate, CHECKOUT_MARKER))) return candidate;
    if (candidate === dirname(candidate)) return undefined;
  }
}

/**
 * The file in which `npm start` and `npm run db` write the URLs of the embedded databases, with the roles
 * that the services work as.
 */
export const databasesFileOf = (checkout: string): string =>
  join(checkout, STATE_FOLDER, 'databases.env');

/**
 * Returns the URLs of the embedded databases of the checkout that contains `folder`, by setting. A service
 * whose database `env` names, for the service or for the owner of its tables, has none.
 */
export const embeddedDatabaseUrls = (
  folder: string,
  env: NodeJS.ProcessEnv,
): Readonly<Record<string, string>> => {
  const checkout = findCheckout(folder);
  const file = checkout && databasesFileOf(checkout);
  if (!file || !existsSync(file)) return {};
  const isNamed = (setting: string): boolean =>
    [setting, setting.replace('DATABASE_URL', 'OWNER_DATABASE_URL')].some(
      (name) => (env[name] ?? '') !== '' || (env[fileVariableOf(name)] ?? '') !== '',
    );
  const urls = Object.entries(parseEnv(readFileSync(file, 'utf8')) as Record<string, string>);
  return Object.fromEntries(urls.filter(([setting]) => !isNamed(setting)));
};
