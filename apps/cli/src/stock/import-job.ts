import { basename } from 'node:path';
import { type AdjustStockRequest, LIMITS } from '@app/contracts';
import { UsageError } from '../command-line/command-error';
import type { ImportRow } from './import-row';
import { actorFrom, type AddressOption, reasonFrom } from './stock-options';

/** Leaves room for `import:`, a colon and the longest SKU in an adjustment id. */
const IMPORT_ID = /^[A-Za-z0-9._-]{1,56}$/;
/** 64 bits, so that two different files practically never share an id. */
const ID_LENGTH = 16;
export const DEFAULT_RETRY_SECONDS = 60;
const MAX_RETRY_SECONDS = 3_600;

/** Options of `stock import`, as commander parses them. */
export interface ImportOptions extends AddressOption {
  readonly id?: string;
  readonly reason?: string;
  readonly actor?: string;
  readonly dryRun?: boolean;
  readonly retryFor?: string;
}

/** A validated request to import a file. */
export interface ImportJob {
  readonly file: string;
  /** The `--address` option, if given. */
  readonly address: string | undefined;
  /** Undefined: derived from the content of the file. */
  readonly id: string | undefined;
  readonly reason: string;
  readonly actor: string;
  readonly dryRun: boolean;
  readonly retryForMs: number;
}

/** Validates the options of an import. */
export function importJob(file: string, options: ImportOptions): ImportJob {
  const defaultReason = `import ${basename(file)}`.slice(0, LIMITS.maxReasonLength).toWellFormed();
  return {
    file,
    address: options.address,
    id: options.id === undefined ? undefined : validId(options.id),
    reason: reasonFrom(options.reason ?? defaultReason),
    actor: actorFrom(options.actor),
    dryRun: options.dryRun ?? false,
    retryForMs: retrySecondsFrom(options.retryFor) * 1_000,
  };
}

const validId = (id: string): string => {
  if (IMPORT_ID.test(id)) return id;
  throw new UsageError(
    `--id must be 1 to 56 characters out of A-Z a-z 0-9 . _ -, but it is "${id}".`,
  );
};

const retrySecondsFrom = (text = String(DEFAULT_RETRY_SECONDS)): number => {
  const seconds = /^\d+$/.test(text) ? Number(text) : NaN;
  if (seconds <= MAX_RETRY_SECONDS) return seconds;
  throw new UsageError(
    `--retry-for must be 0 to ${MAX_RETRY_SECONDS} seconds, but it is "${text}".`,
  );
};

/** Returns the import id of a file. It depends only on the content, not on the name or folder. */
export const idOfContent = (sha256: string): string => sha256.slice(0, ID_LENGTH);

/** Returns the adjustment for a row. A SKU has one adjustment id per import, however often it is sent. */
export const requestFor = (
  { sku, change, reason }: ImportRow,
  importId: string,
  job: Pick<ImportJob, 'reason' | 'actor'>,
): AdjustStockRequest => ({
  adjustmentId: `import:${importId}:${sku}`,
  sku,
  ...change,
  reason: reason ?? job.reason,
  actor: job.actor,
  allowShortfall: false,
});
