import { basename } from 'node:path';
import { type AdjustStockRequest, LIMITS } from '@app/contracts';
import {
  ADDRESS_OPTION,
  ADDRESS_USAGE,
  actorNamed,
  inventoryAddress,
  parseArguments,
  reasonGiven,
  wrongUsage,
} from './stock-options';
import type { ImportRow } from './import-row';

/** Leaves room for `import:`, a colon and the longest SKU in an adjustment id. */
const IMPORT_ID = /^[A-Za-z0-9._-]{1,56}$/;
/** 64 bits: no two of a company's files share them by chance. */
const ID_LENGTH = 16;
const DEFAULT_RETRY_SECONDS = 60;
const MAX_RETRY_SECONDS = 3_600;

export const IMPORT_USAGE = `Usage: npm run stock -- import FILE.csv [options]

Sets or changes what is on hand, a line for each SKU. The file is CSV in UTF-8 with a header:
  sku,on_hand    on_hand is set to what was counted
  sku,delta      so many units are added, or removed where it is negative
  reason         may be a further column; reserved and available are ignored, so that what
                 "export" wrote can be imported
The whole file is checked first; if any line is bad, nothing is changed. Importing a file again
changes nothing: every line is done once for its import id.

  --id NAME            the import id, by default made from the file's content. To import a
                       corrected file, give the id that the first attempt printed; to apply the
                       same lines once more, give a new one.
  --reason TEXT        for the ledger, by default "import <file name>"
  --actor NAME         for the ledger, by default your user name
  --dry-run            only checks the file, without Inventory
  --retry-for SECONDS  how long to go on when Inventory gives no answer, by default ${DEFAULT_RETRY_SECONDS}
${ADDRESS_USAGE}`;

/** What was asked for. */
export interface ImportJob {
  readonly file: string;
  readonly address: string;
  /** Undefined: made from the content. */
  readonly id: string | undefined;
  readonly reason: string;
  readonly actor: string;
  readonly dryRun: boolean;
  readonly retryForMs: number;
}

export function importJob(args: readonly string[]): ImportJob {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArguments(
    args,
    {
      ...ADDRESS_OPTION,
      id: text,
      reason: text,
      actor: text,
      'retry-for': text,
      'dry-run': { type: 'boolean' },
    },
    IMPORT_USAGE,
  );
  const [file, ...more] = positionals;
  if (!file || more.length > 0) throw wrongUsage('Name one file to import.', IMPORT_USAGE);
  const byDefault = `import ${basename(file)}`.slice(0, LIMITS.maxReasonLength).toWellFormed();
  return {
    file,
    address: inventoryAddress(values.address, IMPORT_USAGE),
    id: values.id === undefined ? undefined : validId(values.id),
    reason: reasonGiven(values.reason ?? byDefault, IMPORT_USAGE),
    actor: actorNamed(values.actor, IMPORT_USAGE),
    dryRun: values['dry-run'] ?? false,
    retryForMs: retrySeconds(values['retry-for']) * 1_000,
  };
}

const validId = (id: string): string => {
  if (IMPORT_ID.test(id)) return id;
  throw wrongUsage(
    `--id must be 1 to 56 characters out of A-Z a-z 0-9 . _ -, not "${id}".`,
    IMPORT_USAGE,
  );
};

const retrySeconds = (text = String(DEFAULT_RETRY_SECONDS)): number => {
  const seconds = /^\d+$/.test(text) ? Number(text) : NaN;
  if (seconds <= MAX_RETRY_SECONDS) return seconds;
  throw wrongUsage(
    `--retry-for must be 0 to ${MAX_RETRY_SECONDS} seconds, not "${text}".`,
    IMPORT_USAGE,
  );
};

/** The same content has the same id, whatever the file is called and wherever it is. */
export const idOfContent = (sha256: string): string => sha256.slice(0, ID_LENGTH);

/** One adjustment for a SKU of an import, however often the line is sent. */
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
