import type { Command } from 'commander';
import { ConfigError } from '@app/config';
import { CommandError, UsageError } from '../command-line/command-error';
import { addCommand, paragraphs, setAction } from '../command-line/help';
import { invocationOf } from '../command-line/invocation';
import { errorCode, messageOf } from '../command-line/output';
import {
  type DatabaseTarget,
  describeDatabase,
  findDatabase,
  type ServiceName,
} from '../instance/database-target';
import type { CheckSet } from './check';
import { reportComparison } from './compare-report';
import { inventoryChecks } from './inventory-checks';
import { ordersChecks } from './orders-checks';
import { addUp, type DifferenceCounts, reportDatabase, verdictOf } from './report';

/** 1 means that there are differences, so a failure of the verification itself needs another code. */
const NOT_VERIFIED_EXIT_CODE = 2;

const CHECKS: Readonly<Record<ServiceName, CheckSet>> = {
  inventory: inventoryChecks,
  orders: ordersChecks,
};

/** Remedies for errors of Postgres, by error code. */
const REMEDIES: Readonly<Record<string, (service: ServiceName) => string>> = {
  '42P01': (service) =>
    `Its tables are missing or of another version. Migrate it: ${invocationOf('db', 'migrate', service)}`,
  '42703': (service) =>
    `Its tables are of another version. Migrate it: ${invocationOf('db', 'migrate', service)}`,
  '42501': () => 'Grant this role SELECT on all tables.',
  '55P03': () => 'Its tables are being changed. Try again later.',
};

const DESCRIPTION = paragraphs(
  'Check both databases. The command compares the schema and the grants with those of this ' +
    "version, replays Inventory's ledger and compares it with the stock levels and reservations, " +
    'compares each order with its timeline, and compares every order with its reservation.',
  'It prints every rule and every difference, and ends with PASS or FAIL. It only reads, and' +
    ' services may keep running.',
  'The databases are those that INVENTORY_DATABASE_URL and ORDERS_DATABASE_URL name in the ' +
    'environment; or, inside a checkout, those of the npm start or npm run db that runs there;' +
    ' or those in .env.',
  'Exit code 0: no differences. 1: differences. 2: wrong usage, or a database could not be read.',
);

interface VerifyOptions {
  readonly inventory?: boolean;
  readonly orders?: boolean;
  readonly atRest?: boolean;
}

/** Adds `verify`. */
export function addVerifyCommand(program: Command): void {
  const command = addCommand(program, 'verify', {
    summary: 'check both databases for contradictions',
    description: DESCRIPTION,
    examples: [
      ['', 'check both databases and compare them'],
      ['--at-rest', 'also report unfinished orders, after the services were stopped'],
      ['--inventory', "check only Inventory's database"],
    ],
  })
    .option('--inventory', "check only Inventory's database")
    .option('--orders', "check only Orders' database")
    .option('--at-rest', 'report unfinished and parked orders as differences');
  setAction(command, async (_args, options: VerifyOptions) => {
    const differences = await run(options).catch((error: unknown) => {
      throw asVerificationFailure(error);
    });
    await write(`\n${verdictOf(differences)}`);
    if (differences.size > 0) process.exitCode = 1;
  });
}

async function run({
  inventory,
  orders,
  atRest = false,
}: VerifyOptions): Promise<DifferenceCounts> {
  if (inventory === orders) return verifyBoth(atRest);
  if (atRest) {
    throw new UsageError('--at-rest needs both databases: omit --inventory and --orders.');
  }
  return verifyOne(await findDatabase(inventory ? 'inventory' : 'orders'));
}

async function verifyBoth(atRest: boolean): Promise<DifferenceCounts> {
  const [inventory, orders] = [await findDatabase('inventory'), await findDatabase('orders')];
  const inInventory = await verifyOne(inventory);
  await write('');
  const inOrders = await verifyOne(orders);
  await write(`\nComparing orders with reservations${atRest ? ', which should be at rest' : ''}\n`);
  try {
    const between = await reportComparison({ inventory, orders, atRest }, write);
    return addUp(inInventory, inOrders, between);
  } catch (error) {
    throw new CommandError(`The databases could not be compared: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function verifyOne(database: DatabaseTarget): Promise<DifferenceCounts> {
  const { service, source } = database;
  const name = describeDatabase(database);
  await write(`Verifying ${name} (${source})\n`);
  try {
    return await reportDatabase(database, CHECKS[service], write);
  } catch (error) {
    const remedy = REMEDIES[String(errorCode(error))] ?? startOrNameDatabase;
    throw new CommandError(
      `The ${name} could not be verified: ${messageOf(error)}\n${remedy(service)}`,
      { cause: error },
    );
  }
}

const startOrNameDatabase = (service: ServiceName): string =>
  `Start it (in a checkout: npm start or npm run db), or name another: ${service.toUpperCase()}_DATABASE_URL.`;

/** Returns the error with the exit code that tells it from differences. */
function asVerificationFailure(error: unknown): unknown {
  if (error instanceof UsageError) return error;
  const isExpected = error instanceof CommandError || error instanceof ConfigError;
  const message = isExpected || !(error instanceof Error) ? messageOf(error) : error.stack;
  const text = `${message ?? ''}\n\nFAIL: the data could not be verified, for the reason above.`;
  return new CommandError(text, { exitCode: NOT_VERIFIED_EXIT_CODE, cause: error });
}

const write = (text: string): Promise<void> =>
  new Promise((resolve) => process.stdout.write(`${text}\n`, () => resolve()));
