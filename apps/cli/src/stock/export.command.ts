import type { Command } from 'commander';
import { addCommand, paragraphs, setAction } from '../command-line/help';
import { print } from '../command-line/output';
import { listenForStop } from '../command-line/stop-signal';
import { withWaitIndicator } from '../command-line/wait-indicator';
import { withInventory } from './inventory-session';
import { toCsv, writeToFile, writeToStream } from './stock-csv';
import { addAddressOption, type AddressOption } from './stock-options';
import { stockPages } from './stock-pages';

/** Adds `stock export`. */
export function addExportCommand(stock: Command): void {
  const command = addCommand(stock, 'export', {
    summary: 'write all stock as CSV',
    description: paragraphs(
      'Write all stock as CSV with the columns sku,on_hand,reserved,available, in SKU order.',
      'An existing file is replaced only when the export is complete. Without a file the CSV' +
        ' goes to standard output (with npm, use npm run --silent). "stock import" accepts the' +
        ' file and sets what is on hand.',
    ),
    examples: [
      ['stock.csv', 'write the file stock.csv'],
      ['> stock.csv', 'write to standard output'],
    ],
  });
  addAddressOption(command.argument('[file.csv]', 'file to write'));
  setAction(command, async ([file], { address }: AddressOption) => {
    const { requested } = listenForStop();
    await withInventory(address, async (client) => {
      const csv = toCsv(stockPages(client, requested), requested);
      if (file === undefined) return writeToStream(process.stdout, csv);
      const skus = await withWaitIndicator(`Exporting to ${file}`, () => writeToFile(file, csv));
      print(`Wrote ${skus} SKUs to ${file}.`);
    });
  });
}
