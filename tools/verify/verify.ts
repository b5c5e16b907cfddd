/**
 * `npm run verify -- --inventory`: replays the ledger against the balances and the reservations,
 * and prints every difference. Only reads, and at one moment, so that the service may go on.
 * Exit code 0: no differences. 1: some. 2: it could not look.
 */
import { parseArgs } from 'node:util';
import { ConfigError, loadConfig } from '@app/config';
import { inventorySettings } from '../../apps/inventory/src/inventory.config';
import { runningInstance } from '../instance';
import { loadEnvironment, setting } from '../launch-settings';
import { errorCode, print, runTool, ToolError } from '../tool';
import type { CheckSet } from './check';
import { inventoryChecks } from './inventory-checks';
import { report } from './report';

const USAGE = 'npm run verify -- --inventory';
const COULD_NOT_LOOK = 2;

/** What to do about an error of Postgres, by its code. */
const REMEDIES: Readonly<Record<string, string>> = {
  '42P01': 'Its tables are not there, or of another version: npm run db:migrate -- inventory',
  '42703': 'Its tables are of another version: npm run db:migrate -- inventory',
  '42501': 'Let that user SELECT from all its tables.',
  '55P03': 'Its tables are being changed. Try again when that is done.',
};
const IS_IT_UP =
  'Is it up? `npm start` and `npm run db` bring one up; INVENTORY_DATABASE_URL names another.';

async function main(): Promise<void> {
  readArguments();
  loadEnvironment();
  const url = await inventoryUrl();
  if ((await verify(url, inventoryChecks)) > 0) process.exitCode = 1;
}

function readArguments(): void {
  try {
    const { values } = parseArgs({ options: { inventory: { type: 'boolean' } } });
    if (values.inventory) return;
  } catch (error) {
    throw new ToolError(`${messageOf(error)}\nUsage: ${USAGE}`);
  }
  throw new ToolError(`Verify what? Usage: ${USAGE}`);
}

/** What the environment names; or else the database of what runs here; or else the default. */
async function inventoryUrl(): Promise<string> {
  const running = setting('INVENTORY_DATABASE_URL') ? undefined : await runningInstance();
  if (running?.facts?.inventory) return running.facts.inventory;
  if (running) {
    throw new ToolError(
      `${running.command} (pid ${running.pid}) is still starting. Try again when it is ready.`,
    );
  }
  try {
    const settings = inventorySettings.pick({ INVENTORY_DATABASE_URL: true });
    return loadConfig(settings).INVENTORY_DATABASE_URL;
  } catch (error) {
    if (error instanceof ConfigError) throw new ToolError(error.message);
    throw error;
  }
}

async function verify(url: string, set: CheckSet): Promise<number> {
  // Not the whole URL, which may hold a password.
  const { host, pathname } = new URL(url);
  const database = `${set.app}'s database ${host}${pathname}`;
  print(`Verifying ${database}\n`);
  try {
    return await report(url, set, say);
  } catch (error) {
    const remedy = REMEDIES[String(errorCode(error))] ?? IS_IT_UP;
    throw new ToolError(`${database} could not be verified: ${messageOf(error)}\n${remedy}`);
  }
}

const say = (lines: string): Promise<void> =>
  new Promise((resolve) => process.stdout.write(`${lines}\n`, () => resolve()));

/** Where a host has several addresses, there is an error about each of them. */
const messageOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
};

runTool(main, COULD_NOT_LOOK);
