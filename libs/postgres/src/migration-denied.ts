import { Client, escapeIdentifier } from 'pg';
import { parseDatabaseUrl } from '@app/config';
import { hasCode } from './postgres-errors';

const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * Returns an error that names the remedy if a role that does not own the tables tried to migrate.
 * Undefined for any other error.
 */
export const explainMigrationError = (error: unknown, url: string): Error | undefined => {
  if (!hasCode(error, INSUFFICIENT_PRIVILEGE) || !(error instanceof Error)) return undefined;
  const { user = '' } = new Client(parseDatabaseUrl(url).servers[0]);
  return new Error(
    `Migrations are pending, and the database role ${escapeIdentifier(user)} may not apply them: ` +
      `${error.message}. Apply them as the owner of the tables (db migrate), or set the URL of the ` +
      'owner (*_OWNER_DATABASE_URL).',
    { cause: error },
  );
};
