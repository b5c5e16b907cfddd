import type { Command } from 'commander';
import type { StockLevel } from '@app/contracts';
import { addCommand, setAction } from '../command-line/help';
import { print } from '../command-line/output';
import { withInventory } from './inventory-session';
import { addAddressOption, type AddressOption } from './stock-options';
import { stockPages } from './stock-pages';

interface ListOptions extends AddressOption {
  readonly prefix?: string;
}

/** Adds `stock list`. */
export function addListCommand(stock: Command): void {
  const command = addCommand(stock, 'list', {
    summary: 'print a table of the stock',
    description: 'Print what is on hand, reserved and available of each SKU, in SKU order.',
    examples: [
      ['', 'print all stock'],
      ['--prefix sal', 'print the SKUs that begin with sal'],
    ],
  });
  addAddressOption(command.option('--prefix <text>', 'only SKUs that begin with this text'));
  setAction(command, (_args, { address, prefix = '' }: ListOptions) =>
    withInventory(address, async (client) => {
      const pages = stockPages(client, new AbortController().signal, prefix);
      for await (const line of formatTable(filterByPrefix(prefix, pages))) print(line);
    }),
  );
}

/**
 * Yields the levels whose SKU begins with the prefix. An Inventory of the version before returns others as
 * well. Levels are in byte order, so it ends early.
 */
export async function* filterByPrefix(
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

/** Yields the lines of the table. The SKU column widens with the pages, since only one is in memory. */
export async function* formatTable(
  pages: AsyncIterable<readonly StockLevel[]>,
): AsyncGenerator<string> {
  let width = MIN_SKU_WIDTH;
  let rows = 0;
  for await (const levels of pages) {
    width = Math.max(width, ...levels.map(({ sku }) => sku.length));
    if (rows === 0 && levels.length > 0) {
      yield formatRow(width, 'SKU', 'ON HAND', 'RESERVED', 'AVAILABLE');
    }
    rows += levels.length;
    for (const { sku, onHand, reserved, available, shortfall, threshold } of levels) {
      const short = shortfall > 0 ? `  ${shortfall} short` : '';
      const low = threshold?.low ? '  low' : '';
      yield formatRow(width, sku, onHand, reserved, available) + short + low;
    }
  }
  if (rows === 0) yield 'No SKU matches.';
}

const formatRow = (width: number, sku: string, ...cells: readonly (string | number)[]): string =>
  [sku.padEnd(width), ...cells.map((cell) => String(cell).padStart(NUMBER_WIDTH))].join('  ');
