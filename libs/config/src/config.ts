import { existsSync } from 'node:fs';
import { loadEnvFile } from 'node:process';
import type { z, ZodError, ZodObject } from 'zod';

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
    const found =
      value === undefined || value === '' ? 'it is not set' : `it is "${redact(value)}"`;
    return `${name} ${message}, but ${found}.`;
  });

/** Hides the password in a URL. */
const redact = (value: string): string => value.replace(/\/\/.*@/, '//***@');

/**
 * Reads and validates the configuration: the environment first, then `.env` in the working folder.
 * An empty variable counts as not set, as `NAME=` in a .env or compose file means.
 */
export const loadConfig = <Schema extends ZodObject>(
  schema: Schema,
  env: NodeJS.ProcessEnv = process.env,
): Readonly<z.output<Schema>> => {
  if (env === process.env && existsSync('.env')) loadEnvFile('.env');
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = schema.safeParse(present);
  if (!result.success) throw new ConfigError(faultsOf(result.error, env));
  return Object.freeze(result.data);
};
