import { Client, escapeIdentifier } from 'pg';
import { parseDatabaseUrl } from '@app/config';
import { hasCode, INSUFFICIENT_PRIVILEGE } from './postgres-errors';

/**
 * Returns an error that names the remedy if a role that does not own the tables tried to migrate.
 * Undefined for any other error.
 */
export const explainMigrationError = (error: unknown, url: string): Error | undefined => {
  if (!hasCode(error, INSUFFICIENT_PRIVILEGE) || !(error instanceof Error)) return undefined;
  const { user = '' } = new Client(parseDatabaseUrl(url).servers[0]);
  return new Error(
    `The database role ${escapeIdentifier(user)} may not change the tables: ${error.message}. ` +
      'Set the URL of their owner (*_OWNER_DATABASE_URL), or migrate as the owner first (db migrate).',
    { cause: error },
  );
};
