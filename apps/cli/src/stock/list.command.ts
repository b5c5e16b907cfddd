import type { StockLevel } from '@app/contracts';
import { print } from '../../../../tools/tool';
import {
  ADDRESS_OPTION,
  ADDRESS_USAGE,
  type Command,
  inventoryAddress,
  parseArguments,
  wrongUsage,
} from './stock-options';
import { withInventory } from './stock-admin.client';
import { stockPages } from './stock-pages';

const USAGE = `Usage: npm run stock -- list [options]

Prints a table of what is on hand, reserved and available, in SKU order.

  --prefix TEXT        only SKUs that begin with this
${ADDRESS_USAGE}`;

export const listCommand: Command = {
  summary: 'prints a table of the stock',
  usage: USAGE,
  run: async (args) => {
    const options = { ...ADDRESS_OPTION, prefix: { type: 'string' } } as const;
    const { values, positionals } = parseArguments(args, options, USAGE);
    if (positionals.length > 0) throw wrongUsage('To choose SKUs, use --prefix.', USAGE);
    await withInventory(inventoryAddress(values.address, USAGE), async (client) => {
      const pages = stockPages(client, new AbortController().signal);
      for await (const line of tableOf(startingWith(values.prefix ?? '', pages))) print(line);
    });
  },
};

/** Levels come in byte order, so behind the last one with the prefix there are no more. */
export async function* startingWith(
  prefix: string,
  pages: AsyncIterable<readonly StockLevel[]>,
): AsyncGenerator<readonly StockLevel[]> {
  for await (const levels of pages) {
    yield levels.filter(({ sku }) => sku.startsWith(prefix));
    const last = levels.at(-1)?.sku ?? '';
    if (last > prefix && !last.startsWith(prefix)) return;
  }
}

const NUMBER_WIDTH = 10;
const MIN_SKU_WIDTH = 16;

/** Widens for a long SKU when it comes to it: a page at a time is in memory, not all stock. */
export async function* tableOf(
  pages: AsyncIterable<readonly StockLevel[]>,
): AsyncGenerator<string> {
  let width = MIN_SKU_WIDTH;
  let rows = 0;
  for await (const levels of pages) {
    width = Math.max(width, ...levels.map(({ sku }) => sku.length));
    if (rows === 0 && levels.length > 0)
      yield row(width, 'SKU', 'ON HAND', 'RESERVED', 'AVAILABLE');
    rows += levels.length;
    for (const { sku, onHand, reserved, available, shortfall } of levels) {
      const short = shortfall > 0 ? `  ${shortfall} short` : '';
      yield row(width, sku, onHand, reserved, available) + short;
    }
  }
  if (rows === 0) yield 'There is no such stock.';
}

const row = (width: number, sku: string, ...numbers: readonly (string | number)[]): string =>
  [sku.padEnd(width), ...numbers.map((each) => String(each).padStart(NUMBER_WIDTH))].join('  ');
