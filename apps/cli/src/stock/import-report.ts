import { invocationOf } from '../command-line/invocation';
import type { ImportJob } from './import-job';
import type { ImportCounts } from './import-run';

/** The result of an import that has ended. */
export interface ImportResult {
  readonly job: ImportJob & { readonly address: string };
  readonly importId: string;
  readonly rows: number;
  readonly counts: ImportCounts;
  readonly wasInterrupted: boolean;
}

export const isComplete = ({ rows, counts }: ImportResult): boolean =>
  counts.changed + counts.alreadyApplied === rows;

/** Returns `2999 changed, 0 already applied, 1 rejected`. It omits later counts that are 0. */
export function formatCounts({ rows, counts }: ImportResult): string {
  const { changed, alreadyApplied, rejected, noResponse } = counts;
  const notSent = rows - changed - alreadyApplied - rejected.count - noResponse;
  return [
    `${changed} changed, ${alreadyApplied} already applied`,
    ...(rejected.count > 0 ? [`${rejected.count} rejected`] : []),
    ...(noResponse > 0 ? [`${noResponse} sent without a response`] : []),
    ...(notSent > 0 ? [`${notSent} not sent`] : []),
  ].join(', ');
}

export const ALREADY_IMPORTED =
  'This import was applied earlier. To apply the same lines again, use a new import id: --id NAME';

/** Returns which lines are not applied, why, and the command that completes the import. */
export function formatIncompleteImport(result: ImportResult): string {
  const { counts, wasInterrupted } = result;
  const { rejected, mismatches, failure } = counts;
  return [
    ...(rejected.count > 0 ? [rejected.toString(), ''] : []),
    ...(failure === undefined ? [] : [failure]),
    ...(wasInterrupted ? ['The import was interrupted.'] : []),
    `${formatCounts(result)}.`,
    ...(rejected.count > 0 ? ['Rejected lines changed nothing.'] : []),
    ...(mismatches > 0 ? [MISMATCH] : []),
    'To complete the import, correct the rejected lines and import the file again under the ' +
      'same id, with',
    'the same reason and actor. Lines that are already applied are not applied again.',
    '',
    `  ${repeatCommand(result)}`,
  ].join('\n');
}

const MISMATCH =
  'Lines with ADJUSTMENT_MISMATCH were applied under this id with other values. Repeat them with the\n' +
  'original --reason and --actor. If the number of units is new, import them in a file of their own.';

/** Names everything that Inventory compares when an adjustment is repeated. */
const repeatCommand = ({ job, importId }: ImportResult): string =>
  invocationOf(
    'stock',
    'import',
    shellQuote(job.file),
    `--id ${importId}`,
    `--reason ${shellQuote(job.reason)}`,
    `--actor ${shellQuote(job.actor)}`,
    `--address ${shellQuote(job.address)}`,
  );

/** Quotes for POSIX shells and PowerShell. */
const shellQuote = (text: string): string =>
  /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
