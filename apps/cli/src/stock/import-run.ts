import { createHash } from 'node:crypto';
import { type ServiceError, status } from '@grpc/grpc-js';
import { reasonFromTrailer } from '@app/errors';
import { forEachBounded } from './bounded';
import { type CheckedFile, rowsOf } from './import-file';
import { type ImportJob, requestFor } from './import-job';
import type { ImportRow } from './import-row';
import { type StockAdminClient, isServiceError, saidBy } from './stock-admin.client';
import { LineReport } from './line-report';
import type { Progress } from './progress';
import { isTransient, untilAnswered } from './retry';

/** Enough to fill Inventory's groups; more only wait longer. */
const MAX_IN_FLIGHT = 64;

/** Inventory understood the line and says no to it; the others may still be done. */
const REFUSALS: ReadonlySet<status> = new Set([
  status.INVALID_ARGUMENT,
  status.FAILED_PRECONDITION,
  status.ALREADY_EXISTS,
]);

/** What became of the lines. */
export interface Tally {
  readonly changed: number;
  /** Were recorded before: by an earlier import, or by a call whose answer was lost. */
  readonly repeated: number;
  readonly refused: LineReport;
  /** Of those refused, how many were done before under this id, as something else. */
  readonly mismatches: number;
  /** Sent, and not answered: they may have been carried out. */
  readonly unanswered: number;
  /** Why the rest was not sent; undefined where all was sent, or somebody stopped it. */
  readonly failure: string | undefined;
}

export interface ImportRunOptions {
  readonly client: Pick<StockAdminClient, 'adjust'>;
  readonly job: ImportJob;
  readonly importId: string;
  readonly progress: Progress;
  readonly stop: AbortSignal;
}

/** Sends the lines of a file that was checked, each as an adjustment of its own. */
export class ImportRun {
  private changed = 0;
  private repeated = 0;
  private unanswered = 0;
  private mismatches = 0;
  private readonly refused = new LineReport();
  private failure: string | undefined;
  private readonly failed = new AbortController();
  /** Aborted when nothing more is to be sent. */
  private readonly stop: AbortSignal;

  constructor(private readonly options: ImportRunOptions) {
    this.stop = AbortSignal.any([options.stop, this.failed.signal]);
  }

  async run(checked: CheckedFile): Promise<Tally> {
    const { progress } = this.options;
    try {
      await forEachBounded(this.rows(checked), MAX_IN_FLIGHT, (row) => this.send(row));
    } finally {
      progress.stop();
    }
    const { changed, repeated, refused, mismatches, unanswered, failure } = this;
    return { changed, repeated, refused, mismatches, unanswered, failure };
  }

  /** The file once more, up to where it is stopped. */
  private async *rows(checked: CheckedFile): AsyncGenerator<ImportRow> {
    const hash = createHash('sha256');
    for await (const row of rowsOf(this.options.job.file, hash)) {
      if (this.stop.aborted) return;
      if (row.faults.length > 0) break;
      yield row;
    }
    if (hash.digest('hex') !== checked.sha256) this.fail(CHANGED_FILE);
  }

  private async send(row: ImportRow): Promise<void> {
    const { client, job, importId, progress } = this.options;
    const request = requestFor(row, importId, job);
    const { retryForMs } = job;
    try {
      const { alreadyRecorded } = await untilAnswered(() => client.adjust(request), {
        retryForMs,
        stop: this.stop,
      });
      if (alreadyRecorded) this.repeated += 1;
      else this.changed += 1;
      progress.advance();
    } catch (error) {
      if (!isServiceError(error)) throw error;
      this.onError(error, row);
    }
  }

  private onError(error: ServiceError, { lineNumber, sku }: ImportRow): void {
    if (REFUSALS.has(error.code)) {
      const reason = reasonFromTrailer(error.metadata) ?? status[error.code];
      this.refused.add(lineNumber, `${sku}: ${error.details} (${reason})`);
      if (error.code === status.ALREADY_EXISTS) this.mismatches += 1;
      this.options.progress.advance();
      return;
    }
    this.unanswered += 1;
    if (this.stop.aborted) return;
    const { retryForMs } = this.options.job;
    const howLong = isTransient(error) ? ` for ${retryForMs / 1_000} s` : '';
    this.fail(`Inventory gave no good answer${howLong}: ${saidBy(error)}`);
  }

  private fail(why: string): void {
    this.failure ??= why;
    this.failed.abort();
  }
}

const CHANGED_FILE = 'The file was changed while it was being imported.';
