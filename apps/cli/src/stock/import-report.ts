import type { ImportJob } from './import-job';
import type { Tally } from './import-run';

/** What there is to know of an import that has ended. */
export interface ImportEnd {
  readonly job: ImportJob;
  readonly importId: string;
  readonly rows: number;
  readonly tally: Tally;
  readonly wasStopped: boolean;
}

export const isComplete = ({ rows, tally }: ImportEnd): boolean =>
  tally.changed + tally.repeated === rows;

/** `2999 changed, 0 were there already, 1 refused`. What did not happen is left out. */
export function summary({ rows, tally }: ImportEnd): string {
  const { changed, repeated, refused, unanswered } = tally;
  const notSent = rows - changed - repeated - refused.count - unanswered;
  return [
    `${changed} changed, ${repeated} were there already`,
    ...(refused.count > 0 ? [`${refused.count} refused`] : []),
    ...(unanswered > 0 ? [`${unanswered} sent without an answer`] : []),
    ...(notSent > 0 ? [`${notSent} not sent`] : []),
  ].join(', ');
}

/** Said when the same lines were imported before: perhaps they are meant to count again. */
export const ALREADY_IMPORTED =
  'All of it was imported before. To apply the same lines once more, give the import a new name: ' +
  '--id NAME';

/** What is not done, why, and what to do about it. */
export function shortfallOf(end: ImportEnd): string {
  const { tally, wasStopped } = end;
  const { refused, mismatches, failure } = tally;
  return [
    ...(refused.count > 0 ? [refused.toString(), ''] : []),
    ...(failure === undefined ? [] : [failure]),
    ...(wasStopped ? ['Stopped as you asked.'] : []),
    `${summary(end)}.`,
    ...(refused.count > 0 ? ['Refused lines changed nothing.'] : []),
    ...(mismatches > 0 ? [MISMATCH] : []),
    'To complete the import, correct the lines that are wrong, and import the file again under the',
    'same id, with the same reason and actor. That is safe: what is done is not done twice.',
    '',
    `  ${commandFor(end)}`,
  ].join('\n');
}

const MISMATCH =
  'Those with ADJUSTMENT_MISMATCH were done before under this id, with something else in them. They\n' +
  'need the --reason and --actor of that time, or, where the number is new, a file of their own.';

/** Names all that an adjustment is compared by when it is repeated. */
const commandFor = ({ job, importId }: ImportEnd): string =>
  [
    'npm run stock -- import',
    quoted(job.file),
    `--id ${importId}`,
    `--reason ${quoted(job.reason)}`,
    `--actor ${quoted(job.actor)}`,
    `--address ${quoted(job.address)}`,
  ].join(' ');

/** As a POSIX shell and PowerShell take it. */
const quoted = (text: string): string =>
  /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
