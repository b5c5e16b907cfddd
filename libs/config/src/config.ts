import { existsSync } from 'node:fs';
import { loadEnvFile } from 'node:process';
import type { z, ZodError, ZodObject } from 'zod';
import { embeddedDatabaseUrls } from './checkout';
import { hidePassword } from './hide-password';
import { ignoreLibraryVariables } from './library-variables';

/** Lists all faults of the configuration, each with its remedy. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(
      `The configuration has ${faults.length} fault(s):\n${faults.map((f) => `  - ${f}`).join('\n')}`,
    );
    this.name = 'ConfigError';
  }
}

const faultsOf = ({ issues }: ZodError, env: NodeJS.ProcessEnv): string[] =>
  issues.map(({ path, message }) => {
    const name = path.join('.');
    const value = env[name];
    if (value) return `${name} ${message}, but it is "${hidePassword(value)}".`;
    const hint = name.endsWith('_DATABASE_URL') ? ' In a checkout, `npm run db` provides it.' : '';
    return `${name} ${message}, but it is not set.${hint}`;
  });

/**
 * Reads and validates the configuration: the environment first, then `.env` in the working folder, then
 * the embedded databases of a checkout. An empty variable counts as not set, as `NAME=` in a .env or
 * compose file means.
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
  const result = schema.safeParse({ ...embedded, ...present });
  if (!result.success) throw new ConfigError(faultsOf(result.error, env));
  return Object.freeze(result.data);
};
