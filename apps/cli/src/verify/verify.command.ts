/**
 * `npm run verify`: replays Inventory's ledger, follows each order's timeline, compares what the two
 * databases say of the same orders, and prints every difference. Only reads, so that the services may
 * go on: each database is looked at as it was at one moment, and what differs between the two only
 * because it was under way is told apart. Exit code 0: no differences. 1: some. 2: it could not look.
 */
import { parseArgs } from 'node:util';
import { loadEnvironment } from '../../../../tools/launch-settings';
import { errorCode, messageOf, print, runTool, ToolError } from '../../../../tools/tool';
import { reportComparison } from './compare-report';
import { inventory, orders, titleOf, urlOf, type Verified } from './databases';
import { report } from './report';

const USAGE = `npm run verify                   both databases, and the one against the other
       npm run verify -- --at-rest      the same, where no order should be under way
       npm run verify -- --inventory    Inventory's database only
       npm run verify -- --orders       Orders' database only`;
const COULD_NOT_LOOK = 2;

/** What to do about an error of Postgres, by its code. */
const REMEDIES: Readonly<Record<string, (database: Verified) => string>> = {
  '42P01': ({ name }) =>
    `Its tables are not there, or of another version: npm run db:migrate -- ${name}`,
  '42703': ({ name }) => `Its tables are of another version: npm run db:migrate -- ${name}`,
  '42501': () => 'Let that user SELECT from all its tables.',
  '55P03': () => 'Its tables are being changed. Try again when that is done.',
};
const isItUp = ({ variable }: Verified): string =>
  `Is it up? \`npm start\` and \`npm run db\` bring one up; ${variable} names another.`;

async function main(): Promise<void> {
  const { only, atRest } = readArguments();
  loadEnvironment();
  const differences = only ? await verify(only, await urlOf(only)) : await verifyBoth(atRest);
  if (differences > 0) process.exitCode = 1;
}

function readArguments(): { only: Verified | undefined; atRest: boolean } {
  const flag = { type: 'boolean', default: false } as const;
  const options = { inventory: flag, orders: flag, 'at-rest': flag };
  try {
    const { values } = parseArgs({ options });
    const atRest = values['at-rest'];
    if (values.inventory === values.orders) return { only: undefined, atRest };
    if (!atRest) return { only: values.inventory ? inventory : orders, atRest };
  } catch (error) {
    throw new ToolError(`${messageOf(error)}\nUsage: ${USAGE}`);
  }
  throw new ToolError(`Whether it is at rest only both together tell.\nUsage: ${USAGE}`);
}

async function verifyBoth(atRest: boolean): Promise<number> {
  const [inventoryUrl, ordersUrl] = [await urlOf(inventory), await urlOf(orders)];
  let differences = await verify(inventory, inventoryUrl);
  print('');
  differences += await verify(orders, ordersUrl);
  print(`\nComparing the two${atRest ? ', which should be at rest' : ''}\n`);
  try {
    differences += await reportComparison({ inventoryUrl, ordersUrl, atRest }, say);
  } catch (error) {
    throw new ToolError(`The databases could not be compared: ${messageOf(error)}`);
  }
  return differences;
}

async function verify(database: Verified, url: string): Promise<number> {
  const title = titleOf(database, url);
  print(`Verifying ${title}\n`);
  try {
    return await report(url, database.checks, say);
  } catch (error) {
    const remedy = REMEDIES[String(errorCode(error))] ?? isItUp;
    throw new ToolError(`${title} could not be verified: ${messageOf(error)}\n${remedy(database)}`);
  }
}

const say = (lines: string): Promise<void> =>
  new Promise((resolve) => process.stdout.write(`${lines}\n`, () => resolve()));

runTool(main, COULD_NOT_LOOK);
