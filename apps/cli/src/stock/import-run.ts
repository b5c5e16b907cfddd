import { type ServiceError, status } from '@grpc/grpc-js';
import { reasonFromTrailer } from '@app/errors';
import { forEachBounded } from './bounded';
import { type CheckedFile, newFileRecord, readRows } from './import-file';
import { type ImportJob, requestFor } from './import-job';
import type { ImportRow } from './import-row';
import { callWithRetry, isRetryable } from './call-with-retry';
import { LineReport } from './line-report';
import type { Progress } from './progress';
import { describeGrpcError, isServiceError, type StockAdminClient } from './stock-admin.client';

/** Enough to fill Inventory's batches. More calls would only wait longer. */
const MAX_IN_FLIGHT = 64;

/** Inventory rejects this line. The other lines may still be applied. */
const REJECTIONS: ReadonlySet<status> = new Set([
  status.INVALID_ARGUMENT,
  status.FAILED_PRECONDITION,
  status.ALREADY_EXISTS,
]);

/** How many lines of an import had which result. */
export interface ImportCounts {
  readonly changed: number;
  /** Applied earlier: by a previous import, or by a call whose response was lost. */
  readonly alreadyApplied: number;
  readonly rejected: LineReport;
  /** How many of the rejected lines were applied earlier under this id with other values. */
  readonly mismatches: number;
  /** Sent without a response. They may have been applied. */
  readonly noResponse: number;
  /** Why the import ended early. Undefined if all lines were sent or the operator stopped it. */
  readonly failure: string | undefined;
}

export interface ImportRunOptions {
  readonly client: Pick<StockAdminClient, 'adjust'>;
  readonly job: ImportJob;
  readonly importId: string;
  readonly progress: Progress;
  readonly stop: AbortSignal;
}

/** Sends the lines of a checked file. Each line is one adjustment. */
export class ImportRun {
  private changed = 0;
  private alreadyApplied = 0;
  private noResponse = 0;
  private mismatches = 0;
  private readonly rejected = new LineReport();
  private failure: string | undefined;
  private readonly failed = new AbortController();
  /** Aborted when no more lines may be sent. */
  private readonly stop: AbortSignal;

  constructor(private readonly options: ImportRunOptions) {
    this.stop = AbortSignal.any([options.stop, this.failed.signal]);
  }

  /** Sends the lines, a bounded number at a time, and returns their results. */
  async run(checked: CheckedFile): Promise<ImportCounts> {
    const { progress } = this.options;
    try {
      await forEachBounded(this.rows(checked), MAX_IN_FLIGHT, (row) => this.send(row));
    } finally {
      progress.stop();
    }
    const { changed, alreadyApplied, rejected, mismatches, noResponse, failure } = this;
    return { changed, alreadyApplied, rejected, mismatches, noResponse, failure };
  }

  /** Reads the file a second time, until the import stops. */
  private async *rows(checked: CheckedFile): AsyncGenerator<ImportRow> {
    const record = newFileRecord();
    for await (const row of readRows(this.options.job.file, record)) {
      if (this.stop.aborted) return;
      if (row.faults.length > 0) break;
      yield row;
    }
    if (record.content.digest('hex') !== checked.sha256) this.fail(CHANGED_FILE);
  }

  private async send(row: ImportRow): Promise<void> {
    const { client, job, importId, progress } = this.options;
    const request = requestFor(row, importId, job);
    const { retryForMs } = job;
    try {
      const { alreadyRecorded } = await callWithRetry(() => client.adjust(request), {
        retryForMs,
        stop: this.stop,
      });
      if (alreadyRecorded) this.alreadyApplied += 1;
      else this.changed += 1;
      progress.advance();
    } catch (error) {
      if (!isServiceError(error)) throw error;
      this.onError(error, row);
    }
  }

  private onError(error: ServiceError, { lineNumber, sku }: ImportRow): void {
    if (REJECTIONS.has(error.code)) {
      const reason = reasonFromTrailer(error.metadata) ?? status[error.code];
      this.rejected.add(lineNumber, `${sku}: ${error.details} (${reason})`);
      if (error.code === status.ALREADY_EXISTS) this.mismatches += 1;
      this.options.progress.advance();
      return;
    }
    this.noResponse += 1;
    if (this.stop.aborted) return;
    const { retryForMs } = this.options.job;
    const retried = isRetryable(error) ? ` for ${retryForMs / 1_000} s` : '';
    this.fail(`Calls to Inventory failed${retried}: ${describeGrpcError(error)}`);
  }

  private fail(failure: string): void {
    this.failure ??= failure;
    this.failed.abort();
  }
}

const CHANGED_FILE = 'The file changed while it was being imported.';
