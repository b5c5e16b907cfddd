import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { skuFault } from '@app/contracts';
import { errorCode, ToolError } from '../../../../tools/tool';
import { csvLines } from './csv-lines';
import { ALLOWED_COLUMNS, type Header, type ImportRow, readHeader, readRow } from './import-row';
import { LineReport } from './line-report';

/**
 * The check remembers every SKU and its line, at most 150 bytes each: a million lines with SKUs of
 * 64 characters took 240 MB at the peak, where a thousand took 100 MB. Nothing else grows with the
 * file.
 */
const MAX_ROWS = 1_000_000;

export interface CheckedFile {
  readonly rows: number;
  /** In hexadecimal. */
  readonly sha256: string;
  readonly badLines: LineReport;
}

/** Fails for what cannot be read twice, such as a pipe. */
export async function assertReadable(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw new ToolError(`Cannot read ${path}: ${String(error)}`);
    throw new ToolError(`There is no file ${path}.`);
  });
  if (found.isFile()) return;
  throw new ToolError(`${path} is not a file. An import reads it twice: save the lines in a file.`);
}

/** Reads the whole file and finds everything that is wrong with it, without Inventory. */
export async function checkFile(
  path: string,
  stop: AbortSignal,
  maxRows = MAX_ROWS,
): Promise<CheckedFile> {
  const badLines = new LineReport();
  const lineOf = new Map<string, number>();
  const hash = createHash('sha256');
  let rows = 0;
  for await (const { lineNumber, sku, faults } of rowsOf(path, hash)) {
    if (stop.aborted) throw new ToolError('Stopped before anything was changed.');
    rows += 1;
    if (rows > maxRows) {
      badLines.add(lineNumber, `is one too many: split the file into parts of ${maxRows} lines`);
      break;
    }
    const earlier = lineOf.get(sku);
    const repeated =
      earlier === undefined
        ? []
        : [`sku ${sku} is on line ${earlier} already; it can be there once`];
    const all = [...faults, ...repeated];
    if (all.length > 0) badLines.add(lineNumber, all.join('; '));
    if (earlier === undefined && skuFault(sku) === undefined) lineOf.set(ownCopy(sku), lineNumber);
  }
  return { rows, sha256: hash.digest('hex'), badLines };
}

/** The lines of the file behind its header; `hash` is given all of its bytes. */
export async function* rowsOf(path: string, hash: Hash): AsyncGenerator<ImportRow> {
  let header: Header | undefined;
  for await (const line of csvLines(hashed(path, hash))) {
    const { lineNumber } = line;
    if ('fault' in line) {
      yield unreadable(lineNumber, [line.fault]);
      if (!header) return;
    } else if (header) {
      yield readRow(header, lineNumber, line.fields);
    } else {
      const read = readHeader(line.fields);
      if ('faults' in read) {
        yield unreadable(lineNumber, [`${read.faults.join(', ')}. ${ALLOWED_COLUMNS}`]);
        return;
      }
      header = read;
    }
  }
  if (!header) yield unreadable(1, [`has no header. ${ALLOWED_COLUMNS}`]);
}

async function* hashed(path: string, hash: Hash): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    yield chunk;
  }
}

/** A part of a string keeps all of it in memory: here, every line of the file. */
const ownCopy = (sku: string): string => Buffer.from(sku, 'latin1').toString('latin1');

const unreadable = (lineNumber: number, faults: readonly string[]): ImportRow => ({
  lineNumber,
  sku: '',
  change: { delta: 0 },
  reason: undefined,
  faults,
});
