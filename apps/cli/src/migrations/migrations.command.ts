import { Argument, type Command } from 'commander';
import { explainMigrationError, isUnavailable } from '@app/postgres';
import { CommandError } from '../command-line/command-error';
import { addCommand, type CommandTexts, paragraphs, setAction } from '../command-line/help';
import { messageOf, print, printNote } from '../command-line/output';
import { withWaitIndicator } from '../command-line/wait-indicator';
import {
  type DatabaseTarget,
  describeDatabase,
  findDatabase,
  type ServiceName,
  SERVICES,
} from '../instance/database-target';
import { migrateDatabase, readMigrationStatus, revertLatestMigration } from './migrations';

const DESCRIPTION = paragraphs(
  'Manage the schema of the databases.',
  'The database is the one that INVENTORY_DATABASE_URL or ORDERS_DATABASE_URL names in the ' +
    'environment; or, inside a checkout, that of the npm start or npm run db that runs there; ' +
    'or the one in .env.',
  'Migrations run as the owner of the tables (*_OWNER_DATABASE_URL).',
);

/** Adds `db migrate`, `db status` and `db revert`. */
export function addMigrationCommands(program: Command): void {
  const db = addCommand(program, 'db', {
    summary: 'migrate a database, show its migrations, revert the latest one',
    description: DESCRIPTION,
    examples: [['status orders', "show which migrations Orders' database has"]],
  });
  addDatabaseCommand(db, 'migrate', migrate, {
    summary: 'apply all pending migrations',
    description:
      'Apply all pending migrations. Safe while services run and other processes migrate.',
    examples: [['inventory', "update the schema of Inventory's database"]],
  });
  addDatabaseCommand(db, 'status', status, {
    summary: 'list the migrations and whether each is applied',
    description: 'List the migrations of this version and whether each is applied.',
    examples: [['orders', "show which migrations Orders' database has"]],
  });
  addDatabaseCommand(db, 'revert', revert, {
    summary: 'revert the latest migration',
    description:
      'Revert the latest migration. This can delete data. Stop the services first, since ' +
      'they need the schema of their version.',
    examples: [['orders', "undo the latest change of the schema of Orders' database"]],
  });
}

function addDatabaseCommand(
  db: Command,
  name: string,
  run: (database: DatabaseTarget) => Promise<void>,
  texts: CommandTexts,
): void {
  const command = addCommand(db, name, texts);
  command.addArgument(new Argument('<service>', 'whose database').choices(SERVICES));
  setAction(command, async ([service]) => {
    const database = await findDatabase(service as ServiceName);
    const { ownerUrl: url, source } = database;
    printNote(`${describeDatabase({ ...database, url })} (${source})`);
    try {
      await withWaitIndicator(`Working on the ${service} database`, () => run(database));
    } catch (error) {
      if (isUnavailable(error)) throw unavailable(database, error);
      const denied = explainMigrationError(error, url);
      throw denied ? new CommandError(denied.message, { cause: error }) : error;
    }
  });
}

async function migrate(database: DatabaseTarget): Promise<void> {
  const applied = await migrateDatabase(database);
  for (const name of applied) print(`applied ${name}`);
  if (applied.length === 0) print('up to date');
}

async function revert(database: DatabaseTarget): Promise<void> {
  const reverted = await revertLatestMigration(database);
  print(reverted === undefined ? 'nothing to revert' : `reverted ${reverted}`);
}

async function status(database: DatabaseTarget): Promise<void> {
  for (const { name, isApplied } of await readMigrationStatus(database)) {
    print(`${isApplied ? 'applied' : 'PENDING'}  ${name}`);
  }
}

function unavailable(database: DatabaseTarget, error: unknown): CommandError {
  const { service, ownerUrl: url } = database;
  return new CommandError(
    `The ${describeDatabase({ service, url })} is unavailable: ${messageOf(error)}\n` +
      `Start it (in a checkout: npm run db), or name another: ${service.toUpperCase()}_DATABASE_URL.`,
    { cause: error },
  );
}
