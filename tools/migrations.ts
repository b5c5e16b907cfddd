/**
 * `npm run db:migrate | db:revert | db:status | db:generate -- <inventory|orders> [name]`: TypeORM's
 * migrations of one app, on the database that its configuration names.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { format } from 'prettier';
import { loadConfig } from '@app/config';
import { applyMigrations, isUnavailable, type Schema, withMigrationLock } from '@app/postgres';
import { inventorySchema } from '../apps/inventory/src/database/inventory.schema';
import { inventorySettings, ownerDatabaseUrl } from '../apps/inventory/src/inventory.config';
import { ordersSchema } from '../apps/orders/src/database/orders.schema';
import { ordersSettings } from '../apps/orders/src/orders.config';
import { optionsFor } from './prepare-databases';
import { messageOf, print, projectRoot, runTool, ToolError } from './tool';

const USAGE =
  'npm run db:migrate | db:revert | db:status | db:generate -- inventory | orders [name]';

interface App {
  readonly name: 'inventory' | 'orders';
  readonly url: string;
  /** Migrations belong to the owner of the tables, who may be another than the app. */
  readonly ownerUrl: string;
  readonly schema: Schema;
}

type Command = (dataSource: DataSource, app: App, name: string | undefined) => Promise<void>;

const appNamed = (name: string | undefined): App => {
  if (name === 'inventory') {
    const config = loadConfig(inventorySettings);
    const ownerUrl = ownerDatabaseUrl(config);
    return { name, url: config.INVENTORY_DATABASE_URL, ownerUrl, schema: inventorySchema };
  }
  if (name === 'orders') {
    const url = loadConfig(ordersSettings).ORDERS_DATABASE_URL;
    return { name, url, ownerUrl: url, schema: ordersSchema };
  }
  throw new ToolError(`Which app? Usage: ${USAGE}`);
};

const migrate: Command = async (dataSource, { url, schema: { privileges } }) => {
  const ran = await applyMigrations(dataSource, { url, privileges });
  for (const name of ran) print(`applied ${name}`);
  if (ran.length === 0) print('up to date');
};

const revert: Command = async (dataSource) => {
  const [latest] = await executed(dataSource);
  if (latest) await dataSource.undoLastMigration();
  print(latest ? `reverted ${latest}` : 'nothing to revert');
};

const status: Command = async (dataSource) => {
  const applied = new Set(await executed(dataSource));
  for (const { name = '' } of dataSource.migrations) {
    print(`${applied.has(name) ? 'applied' : 'PENDING'}  ${name}`);
  }
};

/** Writes a migration that brings the database to what the entity classes say. */
const generate: Command = async (dataSource, app, name) => {
  if (!name || !/^[a-z][a-z0-9-]*$/.test(name)) {
    throw new ToolError(
      'Give the migration a name such as add-price: npm run db:generate -- orders add-price',
    );
  }
  const { upQueries, downQueries } = await dataSource.driver.createSchemaBuilder().log();
  if (upQueries.length === 0) {
    print('The entities and the database agree: nothing to generate.');
    return;
  }
  const timestamp = Date.now();
  const className = name.replace(/(^|-)([a-z0-9])/g, (_all, _dash, letter: string) =>
    letter.toUpperCase(),
  );
  const statements = (queries: readonly { query: string }[]) =>
    queries.map(({ query }) => `await runner.query(${JSON.stringify(query)});`).join('\n');
  const source = `import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ${className}${timestamp} implements MigrationInterface {
  name = '${className}${timestamp}';

  async up(runner: QueryRunner): Promise<void> {
    ${statements(upQueries)}
  }

  async down(runner: QueryRunner): Promise<void> {
    ${statements([...downQueries].reverse())}
  }
}
`;
  const file = join('apps', app.name, 'src/database/migrations', `${timestamp}-${name}.ts`);
  const style = { parser: 'typescript', singleQuote: true, printWidth: 100 } as const;
  writeFileSync(join(projectRoot, file), await format(source, style));
  print(
    `Wrote ${file}. Read it, then add ${className}${timestamp} to apps/${app.name}/src/database/${app.name}.schema.ts.`,
  );
};

const executed = async (dataSource: DataSource): Promise<string[]> => {
  const [{ exists }] = await dataSource.query<[{ exists: boolean }]>(
    `select to_regclass('migration') is not null as exists`,
  );
  if (!exists) return [];
  const rows = await dataSource.query<{ name: string }[]>(
    'select name from migration order by id desc',
  );
  return rows.map(({ name }) => name);
};

const notThere = ({ name, ownerUrl }: App, error: unknown): ToolError => {
  const { host, pathname } = new URL(ownerUrl);
  return new ToolError(
    `The database of ${name}, ${host}${pathname}, cannot be used: ${messageOf(error)}\n` +
      `Is it up? \`npm run db\` brings one up; ${name.toUpperCase()}_DATABASE_URL names another.`,
  );
};

const COMMANDS: Readonly<Record<string, Command>> = { migrate, revert, status, generate };

runTool(async () => {
  const [commandName = '', appName, name] = process.argv.slice(2);
  const command = COMMANDS[commandName];
  if (!command) throw new ToolError(`Usage: ${USAGE}`);
  const app = appNamed(appName);
  try {
    await withMigrationLock(optionsFor(app.ownerUrl, app.schema), (dataSource) =>
      command(dataSource, app, name),
    );
  } catch (error) {
    throw isUnavailable(error) ? notThere(app, error) : error;
  }
});
