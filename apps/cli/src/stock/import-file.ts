import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { skuFault } from '@app/contracts';
import { CommandError } from '../command-line/command-error';
import { errorCode } from '../command-line/output';
import {
  type Dialect,
  newDialect,
  otherSeparatorHints,
  readDeclaration,
  readDialect,
} from './csv-dialect';
import { joinFields, type Separator, splitFields } from './csv-fields';
import { textLines } from './csv-lines';
import {
  ALLOWED_COLUMNS,
  cellsOf,
  type Header,
  type ImportRow,
  readRow,
  splitNumberFaults,
} from './import-row';
import { LineReport } from './line-report';

/**
 * The check keeps every SKU and its line number, at most 150 bytes each. A million lines with SKUs of
 * 64 characters took 240 MB at the peak; a thousand lines took 100 MB. Nothing else grows with the
 * file.
 */
const MAX_ROWS = 1_000_000;

export interface CheckedFile {
  readonly rows: number;
  /** SHA-256 of the content as plain CSV, in hexadecimal. A spreadsheet that saves it again keeps it. */
  readonly sha256: string;
  readonly dialect: Dialect;
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
  const record = newFileRecord();
  let rows = 0;
  for await (const { lineNumber, sku, faults } of readRows(path, record)) {
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
  return { rows, sha256: record.content.digest('hex'), dialect: record.dialect, invalidLines };
}

/** What the reader of a file records beside its lines. */
export interface FileRecord {
  readonly dialect: Dialect;
  /** Updated with the content as plain CSV, so that it is the same in every dialect. */
  readonly content: Hash;
}

export const newFileRecord = (): FileRecord => ({
  dialect: newDialect(),
  content: createHash('sha256'),
});

/** A line without any content: only separators, empty quoted fields and spaces. */
const BLANK_LINE = /^(?:""|[\s,;])*$/;

/** Yields the lines of the file after its header, and updates `record`. */
export async function* readRows(
  path: string,
  { dialect, content }: FileRecord,
): AsyncGenerator<ImportRow> {
  let declared: Separator | undefined;
  let layout: Layout | undefined;
  const chunks = createReadStream(path) as AsyncIterable<Buffer>;
  for await (const line of textLines(chunks, dialect)) {
    const { lineNumber } = line;
    if ('fault' in line) {
      yield invalidRow(lineNumber, [line.fault]);
      if (!layout) return;
    } else if (BLANK_LINE.test(line.text)) {
      continue;
    } else if (layout) {
      yield rowOf(line, layout, content);
    } else {
      const declaration = lineNumber === 1 ? readDeclaration(line.text) : undefined;
      if (declaration && 'separator' in declaration) {
        declared = declaration.separator;
        continue;
      }
      const reading = declaration ?? readDialect(line.text, declared);
      if ('fault' in reading) {
        yield invalidRow(lineNumber, [reading.fault]);
        return;
      }
      layout = reading;
      dialect.separator = reading.separator;
      dialect.columns = reading.header.columns;
      content.update(`${joinFields(reading.header.columns)}\n`);
    }
  }
  if (!layout) yield invalidRow(1, [`has no header. ${ALLOWED_COLUMNS}`]);
}

/** The header of a file and what separates its fields. */
interface Layout {
  readonly header: Header;
  readonly separator: Separator;
}

function rowOf(
  { lineNumber, text }: { readonly lineNumber: number; readonly text: string },
  { header, separator }: Layout,
  content: Hash,
): ImportRow {
  const split = splitFields(text, separator);
  if ('fault' in split) return invalidRow(lineNumber, [split.fault]);
  const fields = cellsOf(split.fields, header);
  content.update(`${joinFields(fields)}\n`);
  const row = readRow(header, lineNumber, fields);
  const faults =
    fields.length === header.columns.length
      ? splitNumberFaults(header, text, fields)
      : otherSeparatorHints(text, separator, header.columns.length);
  return faults.length === 0 ? row : { ...row, faults: [...row.faults, ...faults] };
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
