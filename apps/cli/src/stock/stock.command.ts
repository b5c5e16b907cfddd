import type { Command } from 'commander';
import { addCommand, paragraphs } from '../command-line/help';
import { addAdjustCommand } from './adjust.command';
import { addExportCommand } from './export.command';
import { addImportCommand } from './import.command';
import { addListCommand } from './list.command';
import { addThresholdCommand } from './threshold.command';

/** Adds `stock list`, `stock adjust`, `stock threshold`, `stock import` and `stock export`. */
export function addStockCommands(program: Command): void {
  const stock = addCommand(program, 'stock', {
    summary: 'list, adjust, import and export the stock',
    description: paragraphs(
      'List, adjust, import and export the stock.',
      'All commands call Inventory over gRPC, so Inventory checks every change and records ' +
        'it in the ledger. Repeating a change under the same id is safe.',
      'The address is that of --address; or of CLI_INVENTORY_ADDRESS, or INVENTORY_GRPC_HOST' +
        ' and INVENTORY_GRPC_PORT in the environment; or, inside a checkout, that of the npm ' +
        'start that runs there; or of the same variables in .env; or 127.0.0.1:9090.',
    ),
    examples: [
      ['list --prefix sal', 'print the stock of all SKUs that begin with sal'],
      ['adjust salad -3 --reason dropped', 'remove 3 units'],
      ['import stock.csv --dry-run', 'check a file without changing the stock'],
    ],
  });
  addListCommand(stock);
  addAdjustCommand(stock);
  addThresholdCommand(stock);
  addImportCommand(stock);
  addExportCommand(stock);
}
