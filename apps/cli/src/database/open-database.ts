import { Database, openDataSource, poolOf } from '@app/postgres';
import { CommandError } from '../command-line/command-error';
import { messageOf, printNote } from '../command-line/output';
import { operatorDataSourceOptions } from '../migrations/migrations';
import { describeDatabase, findDatabase, type ServiceName } from '../instance/database-target';

/** Runs `work` on the database of a service, as the role that the service works as. */
export async function withDatabase<Result>(
  service: ServiceName,
  work: (database: Database) => Promise<Result>,
): Promise<Result> {
  const target = await findDatabase(service);
  const name = describeDatabase(target);
  printNote(`${name} (${target.source})`);
  const { url, schema, schemaName } = target;
  const options = operatorDataSourceOptions(url, schema, schemaName);
  const source = await openDataSource(options).catch((error: unknown) => {
    throw new CommandError(
      `The ${name} is unavailable: ${messageOf(error)}\nStart it, or name another: ${service.toUpperCase()}_DATABASE_URL.`,
      { cause: error },
    );
  });
  const database = new Database(poolOf(source));
  try {
    return await work(database);
  } finally {
    await database.onApplicationShutdown();
    await source.destroy();
  }
}
