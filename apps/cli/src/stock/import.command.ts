import type { Command } from 'commander';
import { CommandError } from '../command-line/command-error';
import { addCommand, paragraphs, setAction } from '../command-line/help';
import { print, printNote } from '../command-line/output';
import { listenForStop } from '../command-line/stop-signal';
import { withWaitIndicator } from '../command-line/wait-indicator';
import { formatDialect } from './csv-dialect';
import { assertReadable, checkFile, type CheckedFile } from './import-file';
import {
  DEFAULT_RETRY_SECONDS,
  idOfContent,
  type ImportJob,
  importJob,
  type ImportOptions,
} from './import-job';
import {
  ALREADY_IMPORTED,
  formatCounts,
  formatIncompleteImport,
  isComplete,
} from './import-report';
import { ImportRun } from './import-run';
import { withInventory } from './inventory-session';
import { createProgress } from './progress';
import type { StockAdminClient } from './stock-admin.client';
import { addAddressOption } from './stock-options';

const DESCRIPTION = paragraphs(
  'Set or change what is on hand, one line per SKU. The file is CSV or tab-separated text with a header:',
  `  sku,on_hand    set what is on hand to the counted units
  sku,delta      add units, or remove them if the number is negative`,
  'A further column reason is optional. The columns reserved and available are ignored, so ' +
    'that a file from "stock export" can be imported.',
  'A file as a spreadsheet saves it is accepted: commas, semicolons or tabs, UTF-8 or UTF-16. The ' +
    'command prints how it read the file, and rejects a file that can be read in two ways.',
  'The command first checks the whole file and changes nothing if a line is invalid. ' +
    'Importing a file again changes nothing, since Inventory applies every line once per ' +
    'import id.',
);

/** Adds `stock import`. */
export function addImportCommand(stock: Command): void {
  const command = addCommand(stock, 'import', {
    summary: 'set or change what is on hand from a CSV file',
    description: DESCRIPTION,
    examples: [
      ['stock.csv --dry-run', 'check the file without changing the stock'],
      ['stock.csv', 'import the file'],
      ['stock.csv --id week-48', 'import the file under an id of your own'],
    ],
  })
    .argument('<file.csv>', 'file to import')
    .option(
      '--id <id>',
      'import id (default: derived from the content). To complete an import with a corrected' +
        ' file, use the id that the first attempt printed; to apply the same lines again, use ' +
        'a new id',
    )
    .option('--reason <text>', 'reason for the ledger (default: "import <file name>")')
    .option('--actor <name>', 'actor for the ledger (default: your user name)')
    .option('--dry-run', 'only check the file, without calling Inventory')
    .option(
      '--retry-for <seconds>',
      `how long to retry while Inventory does not respond (default: ${DEFAULT_RETRY_SECONDS})`,
    );
  addAddressOption(command);
  setAction(command, ([file = ''], options: ImportOptions) => runImport(importJob(file, options)));
}

async function runImport(job: ImportJob): Promise<void> {
  await assertReadable(job.file);
  const { requested, forced } = listenForStop();
  forced.addEventListener('abort', () => process.exit(1));
  if (job.dryRun) {
    const { rows } = await checkAllLines(job, requested);
    print(`${job.file} is valid: ${rows} lines. Nothing was sent (--dry-run).`);
  } else {
    await withInventory(job.address, (client) => importFile(client, job, requested));
  }
}

/** Checks the file. Throws if a line is invalid, so that nothing is sent. */
async function checkAllLines(job: ImportJob, stop: AbortSignal): Promise<CheckedFile> {
  const checked = await withWaitIndicator(`Checking ${job.file}`, () => checkFile(job.file, stop));
  printNote(`Read ${job.file} as ${formatDialect(checked.dialect)}.`);
  const { count } = checked.invalidLines;
  if (count === 0) return checked;
  throw new CommandError(
    `${checked.invalidLines.toString()}\n\n${job.file} has ${count} invalid ${count === 1 ? 'line' : 'lines'}. Nothing was changed.`,
  );
}

async function importFile(
  client: StockAdminClient,
  job: ImportJob,
  stop: AbortSignal,
): Promise<void> {
  const checked = await checkAllLines(job, stop);
  const { rows } = checked;
  const importId = job.id ?? idOfContent(checked.sha256);
  print(`Importing ${rows} lines of ${job.file} under the id ${importId}.`);
  const run = new ImportRun({ client, job, importId, progress: createProgress(rows), stop });
  const counts = await run.run(checked);
  const result = {
    job: { ...job, address: client.address },
    importId,
    rows,
    counts,
    wasInterrupted: stop.aborted,
  };
  if (!isComplete(result) || counts.failure !== undefined) {
    throw new CommandError(formatIncompleteImport(result));
  }
  print(`${formatCounts(result)}.`);
  if (rows > 0 && counts.changed === 0) print(ALREADY_IMPORTED);
}
