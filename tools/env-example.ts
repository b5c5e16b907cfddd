/**
 * `npm run env:example` writes .env.example from the settings of all apps. With `--check` it
 * changes nothing and fails if the file has drifted.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z, type ZodObject } from 'zod';
import { sharedSettings } from '@app/config';
import { inventorySettings } from '../apps/inventory/src/inventory.config';
import { cliSettings } from '../apps/cli/src/cli.config';
import { ordersSettings } from '../apps/orders/src/orders.config';
import { print, projectRoot, runTool, ToolError } from './tool';

const FILE = join(projectRoot, '.env.example');

const HEADER = `# Copy this to .env and change what you need. Every line shows the default. In a checkout
# no setting is required; elsewhere the URL of each service's database is.
# The environment precedes .env. An empty value counts as not set.
# A value can also be in a file, such as a mounted secret: ORDERS_DATABASE_URL_FILE=/run/secrets/orders-url
# in place of ORDERS_DATABASE_URL. Every setting has such a variable. A newline at the end is removed.
`;

interface Described {
  readonly description?: string;
  readonly default?: string | number;
}

const lines = (schema: ZodObject, leaveOut: readonly string[]): string => {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return Object.entries(properties as Record<string, Described>)
    .filter(([name]) => !leaveOut.includes(name))
    .map(([name, { description = '', default: value }]) => {
      const shown = value ?? '';
      return `# ${description.replaceAll('\n', '\n# ')}\n# ${name}=${shown}\n`;
    })
    .join('\n');
};

const content = (): string => {
  const shared = Object.keys(sharedSettings);
  return `${HEADER}
# ---- Both services

${lines(z.object(sharedSettings), [])}
# ---- Inventory (gRPC)

${lines(inventorySettings, shared)}
# ---- Orders (REST)

${lines(ordersSettings, shared)}
# ---- Operator commands (cli)

${lines(cliSettings, [])}
# ---- Development tools

# Port of the embedded Postgres of \`npm start\` and \`npm run db\`. By default each folder has a port
# of its own from 20000 to 29999, which stays the same. If it is taken, the next free one is used.
# QUICKBITE_POSTGRES_PORT=

# Folder whose node_modules/ has the embedded Postgres, to try another version of it.
# QUICKBITE_POSTGRES_FROM=

# Where the .proto files are, if not in proto/ above the running file.
# QUICKBITE_PROTO_DIR=
`;
};

runTool(async () => {
  const wanted = content();
  if (!process.argv.includes('--check')) {
    await writeFile(FILE, wanted);
  } else if ((await readFile(FILE, 'utf8')) !== wanted) {
    throw new ToolError(
      '.env.example does not match the settings. Run `npm run env:example`, and commit the file.',
    );
  }
  print('.env.example matches the settings.');
});
