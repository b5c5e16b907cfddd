import type { ServiceName } from '../apps/cli/src/instance/database-target';
import { type Databases, databaseSetting } from './launch-settings';
import { isMigratedByTools } from './prepare-databases';

/** The settings with which a password of a database can reach a process, also those of Docker Compose. */
const HAS_PASSWORD = /_DATABASE_URL(_FILE)?$|_DB_PASSWORD$/;

/**
 * Returns the environment of a service that the tools start. It has the URL of the service's own database
 * and no other password of a database: not of the owner, and not of the other service. An empty variable
 * also hides the one of that name in `.env`, which the service reads.
 */
export function serviceEnvironment(
  service: ServiceName,
  databases: Databases,
  env: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const hidden = Object.keys(env).filter((name) => HAS_PASSWORD.test(name));
  const database = databases[service];
  return {
    ...env,
    ...Object.fromEntries(hidden.map((name) => [name, ''])),
    [databaseSetting(service)]: database.url,
    ...(isMigratedByTools(database) && {
      [`${service.toUpperCase()}_MIGRATE_ON_START`]: 'false',
    }),
  };
}
