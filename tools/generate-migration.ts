/**
 * `npm run db:generate -- <inventory|orders> <name>`: writes a migration that brings the database of a
 * service in line with its entity classes.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { withMigrationSession } from '@app/postgres';
import { withWaitIndicator } from '../apps/cli/src/command-line/wait-indicator';
import {
  describeDatabase,
  findDatabase,
  type ServiceName,
  SERVICES,
} from '../apps/cli/src/instance/database-target';
import { operatorDataSourceOptions } from '../apps/cli/src/migrations/migrations';
import { print, projectRoot, runTool, ToolError } from './tool';

interface Statement {
  readonly query: string;
}

interface Migration {
  readonly className: string;
  readonly up: readonly Statement[];
  readonly down: readonly Statement[];
}

const USAGE = 'Usage: npm run db:generate -- <inventory|orders> <name>';

async function main(): Promise<void> {
  const [service = '', name = ''] = process.argv.slice(2);
  if (!isService(service)) throw new ToolError(`Specify whose migration it is. ${USAGE}`);
  if (!/^[a-z][a-z0-9-]*$/.test(name)) {
    throw new ToolError(`Specify a name such as add-price. ${USAGE}`);
  }
  const database = await findDatabase(service);
  const { ownerUrl: url, source } = database;
  print(`Comparing the entities with the ${describeDatabase({ service, url })} (${source}).`);
  const options = operatorDataSourceOptions(url, database.schema);
  const { upQueries, downQueries } = await withWaitIndicator('Comparing', () =>
    withMigrationSession(options, (dataSource) => dataSource.driver.createSchemaBuilder().log()),
  );
  if (upQueries.length === 0) {
    print('The entities and the database agree: nothing to generate.');
    return;
  }
  const timestamp = Date.now();
  const className = `${pascalCase(name)}${timestamp}`;
  const file = join('apps', service, 'src/database/migrations', `${timestamp}-${name}.ts`);
  const code = sourceOf({ className, up: upQueries, down: [...downQueries].reverse() });
  const style = { parser: 'typescript', singleQuote: true, printWidth: 100 } as const;
  writeFileSync(join(projectRoot, file), await format(code, style));
  print(
    `Wrote ${file}. Read it, then add ${className} to apps/${service}/src/database/${service}.schema.ts.`,
  );
}

const isService = (name: string): name is ServiceName =>
  (SERVICES as readonly string[]).includes(name);

const pascalCase = (name: string): string =>
  name.replace(/(^|-)([a-z0-9])/g, (_match, _dash, letter: string) => letter.toUpperCase());

const sourceOf = ({ className, up, down }: Migration): string => {
  const statements = (queries: readonly Statement[]) =>
    queries.map(({ query }) => `await runner.query(${JSON.stringify(query)});`).join('\n');
  return `import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ${className} implements MigrationInterface {
  name = '${className}';

  async up(runner: QueryRunner): Promise<void> {
    ${statements(up)}
  }

  async down(runner: QueryRunner): Promise<void> {
    ${statements(down)}
  }
}
`;
};

runTool(main);
