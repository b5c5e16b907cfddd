import { isUtf8 } from 'node:buffer';
import { detectText, type Encoding } from './csv-encoding';

/** Several times the longest valid line. It bounds the memory for a file without line ends. */
const MAX_LINE_BYTES = 4_096;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const BYTE_ORDER_MARK = '\uFEFF';
const EMPTY: Buffer = Buffer.alloc(0);

/** The characters that end a line. */
export type LineEnd = 'LF' | 'CRLF' | 'CR';

/** How the text of a file is stored, as far as it has been read. */
export interface TextFormat {
  encoding: Encoding;
  hasByteOrderMark: boolean;
  readonly lineEnds: Set<LineEnd>;
}

/** One line of a file, or the fault that makes it unreadable. Line numbers begin with 1. */
export type TextLine =
  | { readonly lineNumber: number; readonly text: string }
  | { readonly lineNumber: number; readonly fault: string };

/**
 * Reads text line by line in bounded memory, skips blank lines, and records the format in `format`.
 * LF, CRLF and CR end a line. One line is one record: a field with a line break is a fault. An
 * unclosed quote therefore affects only its own line, and all other lines can still be checked.
 */
export async function* textLines(
  chunks: AsyncIterable<Buffer>,
  format: TextFormat,
): AsyncGenerator<TextLine> {
  const detected = await detectText(chunks);
  if ('fault' in detected) {
    yield { lineNumber: 1, fault: detected.fault };
    return;
  }
  format.encoding = detected.encoding;
  let lineNumber = 0;
  for await (const bytes of rawLines(detected.utf8, format.lineEnds)) {
    lineNumber += 1;
    const line = decodeLine(bytes, lineNumber, format);
    if (line) yield line;
  }
}

async function* rawLines(
  chunks: AsyncIterable<Buffer>,
  lineEnds: Set<LineEnd>,
): AsyncGenerator<Buffer> {
  let pending: Buffer = EMPTY;
  /** The last chunk ended with CR, so a LF that follows belongs to the same line end. */
  let afterReturn = false;
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue;
    let from = 0;
    if (afterReturn) {
      if (chunk[0] === LINE_FEED) from = 1;
      lineEnds.add(from === 1 ? 'CRLF' : 'CR');
      afterReturn = false;
    }
    for (const { start, end, kind } of lineEndsIn(chunk, from)) {
      yield append(pending, chunk.subarray(from, start));
      pending = EMPTY;
      from = end;
      if (kind) lineEnds.add(kind);
      else afterReturn = true;
    }
    pending = append(pending, chunk.subarray(from));
  }
  if (afterReturn) lineEnds.add('CR');
  if (pending.length > 0) yield pending;
}

interface FoundLineEnd {
  readonly start: number;
  readonly end: number;
  /** Undefined: CR is the last byte, and the next chunk decides. */
  readonly kind: LineEnd | undefined;
}

/** Yields the line ends of a chunk. Each search ends at the next one of its kind. */
function* lineEndsIn(chunk: Buffer, from: number): Generator<FoundLineEnd> {
  const find = (byte: number, at: number): number => {
    const found = chunk.indexOf(byte, at);
    return found < 0 ? Infinity : found;
  };
  let feed = find(LINE_FEED, from);
  let carriage = find(CARRIAGE_RETURN, from);
  while (feed < Infinity || carriage < Infinity) {
    const start = Math.min(feed, carriage);
    const isPair = carriage + 1 === feed;
    const end = isPair ? feed + 1 : start + 1;
    const isUndecided = start === carriage && end === chunk.length && !isPair;
    const kind = isPair ? 'CRLF' : start === feed ? 'LF' : 'CR';
    yield { start, end, kind: isUndecided ? undefined : kind };
    if (feed < end) feed = find(LINE_FEED, end);
    if (carriage < end) carriage = find(CARRIAGE_RETURN, end);
  }
}

/** Keeps one byte more than the limit of a line that exceeds it. */
const append = (pending: Buffer, more: Buffer): Buffer => {
  const whole = pending.length === 0 ? more : Buffer.concat([pending, more]);
  return whole.subarray(0, MAX_LINE_BYTES + 1);
};

function decodeLine(bytes: Buffer, lineNumber: number, format: TextFormat): TextLine | undefined {
  if (bytes.length > MAX_LINE_BYTES) {
    return { lineNumber, fault: `is longer than ${MAX_LINE_BYTES} bytes` };
  }
  if (!isUtf8(bytes)) return { lineNumber, fault: encodingFault(format.encoding) };
  const whole = bytes.toString();
  if (lineNumber === 1) format.hasByteOrderMark = whole.startsWith(BYTE_ORDER_MARK);
  const text = lineNumber === 1 && format.hasByteOrderMark ? whole.slice(1) : whole;
  return text.trim() === '' ? undefined : { lineNumber, text };
}

const encodingFault = (encoding: Encoding): string =>
  encoding === 'UTF-8'
    ? 'is not UTF-8. In Windows-1252 and in other code pages the same bytes are different characters, ' +
      'so save the file as CSV in UTF-8'
    : `has half a character of ${encoding}; save the file as CSV in UTF-8`;
