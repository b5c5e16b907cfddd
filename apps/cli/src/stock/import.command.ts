import { listenForStop } from '../../../../tools/stop-signal';
import { print, ToolError } from '../../../../tools/tool';
import type { Command } from './stock-options';
import { assertReadable, checkFile, type CheckedFile } from './import-file';
import { IMPORT_USAGE, idOfContent, type ImportJob, importJob } from './import-job';
import { ALREADY_IMPORTED, isComplete, shortfallOf, summary } from './import-report';
import { ImportRun } from './import-run';
import { type StockAdminClient, withInventory } from './stock-admin.client';
import { progressOf } from './progress';

export const importCommand: Command = {
  summary: 'sets or changes what is on hand from a CSV file',
  usage: IMPORT_USAGE,
  run: async (args) => {
    const job = importJob(args);
    await assertReadable(job.file);
    const { asked, insisted } = listenForStop();
    insisted.addEventListener('abort', () => process.exit(1));
    if (job.dryRun) {
      const { rows } = await check(job, asked);
      print(`${job.file} is good: ${rows} lines. Nothing was sent (--dry-run).`);
    } else {
      await withInventory(job.address, (client) => importFile(client, job, asked));
    }
  },
};

/** Nothing is sent unless every line is good. */
async function check(job: ImportJob, stop: AbortSignal): Promise<CheckedFile> {
  const checked = await checkFile(job.file, stop);
  const { count } = checked.badLines;
  if (count === 0) return checked;
  throw new ToolError(
    `${checked.badLines.toString()}\n\n${job.file} has ${count} bad ${count === 1 ? 'line' : 'lines'}; nothing was changed.`,
  );
}

async function importFile(
  client: StockAdminClient,
  job: ImportJob,
  stop: AbortSignal,
): Promise<void> {
  const checked = await check(job, stop);
  const { rows } = checked;
  const importId = job.id ?? idOfContent(checked.sha256);
  print(`Importing ${rows} lines of ${job.file} under the id ${importId}.`);
  const run = new ImportRun({ client, job, importId, progress: progressOf(rows), stop });
  const tally = await run.run(checked);
  const end = { job, importId, rows, tally, wasStopped: stop.aborted };
  if (!isComplete(end) || tally.failure !== undefined) throw new ToolError(shortfallOf(end));
  print(`${summary(end)}.`);
  if (rows > 0 && tally.changed === 0) print(ALREADY_IMPORTED);
}
