import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { skuFault } from '@app/contracts';
import { CommandError } from '../command-line/command-error';
import { errorCode } from '../command-line/output';
import { csvLines } from './csv-lines';
import { ALLOWED_COLUMNS, type Header, type ImportRow, readHeader, readRow } from './import-row';
import { LineReport } from './line-report';

/**
 * The check keeps every SKU and its line number, at most 150 bytes each. A million lines with SKUs of
 * 64 characters took 240 MB at the peak; a thousand lines took 100 MB. Nothing else grows with the
 * file.
 */
const MAX_ROWS = 1_000_000;

export interface CheckedFile {
  readonly rows: number;
  /** SHA-256 of the content, in hexadecimal. */
  readonly sha256: string;
  readonly invalidLines: LineReport;
}

/** Throws unless the path names a file that can be read twice. A pipe cannot. */
export async function assertReadable(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT')
      throw new CommandError(`Cannot read ${path}: ${String(error)}`);
    throw new CommandError(`The file ${path} does not exist.`);
  });
  if (found.isFile()) return;
  throw new CommandError(
    `${path} is not a file. An import reads its file twice, so save the lines in a file.`,
  );
}

/** Reads the whole file and returns every fault in it. It does not call Inventory. */
export async function checkFile(
  path: string,
  stop: AbortSignal,
  maxRows = MAX_ROWS,
): Promise<CheckedFile> {
  const invalidLines = new LineReport();
  const lineOf = new Map<string, number>();
  const hash = createHash('sha256');
  let rows = 0;
  for await (const { lineNumber, sku, faults } of readRows(path, hash)) {
    if (stop.aborted) throw new CommandError('Interrupted. Nothing was changed.');
    rows += 1;
    if (rows > maxRows) {
      invalidLines.add(
        lineNumber,
        `exceeds the limit of ${maxRows} lines per file; split the file`,
      );
      break;
    }
    const earlier = lineOf.get(sku);
    const repeated =
      earlier === undefined
        ? []
        : [`sku ${sku} is also on line ${earlier}; each SKU may occur once`];
    const all = [...faults, ...repeated];
    if (all.length > 0) invalidLines.add(lineNumber, all.join('; '));
    if (earlier === undefined && skuFault(sku) === undefined) lineOf.set(copyOf(sku), lineNumber);
  }
  return { rows, sha256: hash.digest('hex'), invalidLines };
}

/** Yields the lines of the file after its header, and updates `hash` with all of its bytes. */
export async function* readRows(path: string, hash: Hash): AsyncGenerator<ImportRow> {
  let header: Header | undefined;
  for await (const line of csvLines(updateHash(path, hash))) {
    const { lineNumber } = line;
    if ('fault' in line) {
      yield invalidRow(lineNumber, [line.fault]);
      if (!header) return;
    } else if (header) {
      yield readRow(header, lineNumber, line.fields);
    } else {
      const result = readHeader(line.fields);
      if ('faults' in result) {
        yield invalidRow(lineNumber, [`${result.faults.join(', ')}. ${ALLOWED_COLUMNS}`]);
        return;
      }
      header = result;
    }
  }
  if (!header) yield invalidRow(1, [`has no header. ${ALLOWED_COLUMNS}`]);
}

async function* updateHash(path: string, hash: Hash): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    yield chunk;
  }
}

/** A substring keeps its whole string in memory: here, every line of the file. */
const copyOf = (sku: string): string => Buffer.from(sku, 'latin1').toString('latin1');

const invalidRow = (lineNumber: number, faults: readonly string[]): ImportRow => ({
  lineNumber,
  sku: '',
  change: { delta: 0 },
  reason: undefined,
  faults,
});
