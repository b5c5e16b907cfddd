import { existsSync } from 'node:fs';
import { loadEnvFile } from 'node:process';
import type { z, ZodError, ZodObject } from 'zod';
import { embeddedDatabaseUrls } from './checkout';
import { hidePassword, isPasswordHidden } from './hide-password';
import { ignoreLibraryVariables } from './library-variables';
import { readSettingFiles, type SettingFiles } from './setting-files';

/** Lists all faults of the configuration, each with its remedy. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(
      `The configuration has ${faults.length} fault(s):\n${faults.map((f) => `  - ${f}`).join('\n')}`,
    );
    this.name = 'ConfigError';
  }
}

/** Longer than any valid value except a list, such as an initial stock of 76 kB. */
const MAX_SHOWN_LENGTH = 200;

const shortened = (value: string): string =>
  value.length <= MAX_SHOWN_LENGTH ? value : `${value.slice(0, MAX_SHOWN_LENGTH)}…`;

/** Settings whose values must not be shown, apart from what is known to be no password. */
const SECRET = /(DATABASE_URL|REDIS_URL|PASSWORD|SECRET|TOKEN)$/;

/** Returns a value as an error shows it; undefined if it may have a password that is not recognized. */
const shownValue = (name: string, value: string): string | undefined => {
  const shown = hidePassword(value);
  return SECRET.test(name) && !isPasswordHidden(shown) ? undefined : shortened(shown);
};

const faultsOf = (
  issues: ZodError['issues'],
  env: NodeJS.ProcessEnv,
  paths: SettingFiles['paths'],
): string[] =>
  issues.map(({ path, message }) => {
    const name = path.join('.');
    if (paths[name]) return `${name} ${message}, but the content of ${paths[name]} is not.`;
    const value = env[name];
    if (value) {
      const shown = shownValue(name, value);
      return shown === undefined
        ? `${name} ${message}, but it is not. Its value is not shown, because it may be secret.`
        : `${name} ${message}, but it is "${shown}".`;
    }
    const hint = name.endsWith('_DATABASE_URL') ? ' In a checkout, `npm run db` provides it.' : '';
    return `${name} ${message}, but it is not set.${hint}`;
  });

/**
 * Reads and validates the configuration: the environment first, then `.env` in the working folder, then
 * the embedded databases of a checkout. An empty variable counts as not set, as `NAME=` in a .env or
 * compose file means. With `NAME_FILE`, the content of that file is the value of NAME.
 */
export const loadConfig = <Schema extends ZodObject>(
  schema: Schema,
  env: NodeJS.ProcessEnv = process.env,
): Readonly<z.output<Schema>> => {
  const isOwn = env === process.env;
  if (isOwn && existsSync('.env')) loadEnvFile('.env');
  if (isOwn) ignoreLibraryVariables();
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const embedded = isOwn ? embeddedDatabaseUrls(process.cwd(), env) : {};
  const files = readSettingFiles(Object.keys(schema.shape), present);
  const result = schema.safeParse({ ...embedded, ...present, ...files.values });
  const unread = Object.entries(files.faults);
  if (result.success && unread.length === 0) return Object.freeze(result.data);
  const issues = (result.error?.issues ?? []).filter(({ path }) => !files.faults[path.join('.')]);
  throw new ConfigError([
    ...unread.map(([, fault]) => fault),
    ...faultsOf(issues, env, files.paths),
  ]);
};
