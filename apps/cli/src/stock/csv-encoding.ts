import { StringDecoder } from 'node:string_decoder';

/** Encodings that a spreadsheet writes and that the content of a stock file identifies. */
export type Encoding = 'UTF-8' | 'UTF-16 LE' | 'UTF-16 BE';

/** Long enough for every byte order mark and for the signature of a workbook. */
const SIGNATURE_BYTES = 4;
/** Not part of any UTF-8 text, so the line that contains it is reported. */
const INVALID_BYTE = Buffer.from([0xff]);
const UTF_32 = 'is UTF-32; save the file as CSV in UTF-8';
const WORKBOOK_SIGNATURE = 'PK\x03\x04';
const WORKBOOK =
  'is a workbook or an archive (it begins with PK), not CSV; open it in the spreadsheet and save it ' +
  'as CSV in UTF-8';

/** The text of a file as UTF-8, or why it is not text. */
export type DetectedText =
  | { readonly encoding: Encoding; readonly utf8: AsyncIterable<Buffer> }
  | { readonly fault: string };

/**
 * Detects the encoding by the byte order mark, or by the zero bytes of an ASCII header in UTF-16.
 * A byte sequence that is not valid in the encoding makes its line invalid UTF-8, and no other line.
 */
export async function detectText(chunks: AsyncIterable<Buffer>): Promise<DetectedText> {
  const { signature, all, close } = await peek(chunks);
  const encoding = encodingOf(signature);
  const isWorkbook = signature.toString('latin1') === WORKBOOK_SIGNATURE;
  if (encoding === undefined || isWorkbook) {
    await close();
    return { fault: isWorkbook ? WORKBOOK : UTF_32 };
  }
  return { encoding, utf8: encoding === 'UTF-8' ? all : toUtf8(all, encoding) };
}

/** Returns undefined for UTF-32. */
function encodingOf([first, second, third, fourth]: Buffer): Encoding | undefined {
  if (first === 0xff && second === 0xfe) {
    return third === 0 && fourth === 0 ? undefined : 'UTF-16 LE';
  }
  if (first === 0xfe && second === 0xff) return 'UTF-16 BE';
  if (first === 0 && second === 0) return undefined;
  if (second === 0) return third === 0 && fourth === 0 ? undefined : 'UTF-16 LE';
  return first === 0 ? 'UTF-16 BE' : 'UTF-8';
}

/** The first bytes of a file, all of it including those, and how to close it without reading on. */
interface Peeked {
  readonly signature: Buffer;
  readonly all: AsyncIterable<Buffer>;
  readonly close: () => Promise<unknown>;
}

async function peek(chunks: AsyncIterable<Buffer>): Promise<Peeked> {
  const source = chunks[Symbol.asyncIterator]();
  let begin: Buffer = Buffer.alloc(0);
  while (begin.length < SIGNATURE_BYTES) {
    const next = await source.next();
    if (next.done) break;
    begin = Buffer.concat([begin, next.value]);
  }
  const all = async function* (): AsyncGenerator<Buffer> {
    yield begin;
    yield* { [Symbol.asyncIterator]: () => source };
  };
  return {
    signature: begin.subarray(0, SIGNATURE_BYTES),
    all: all(),
    close: () => source.return?.() ?? Promise.resolve(),
  };
}

async function* toUtf8(
  chunks: AsyncIterable<Buffer>,
  encoding: 'UTF-16 LE' | 'UTF-16 BE',
): AsyncGenerator<Buffer> {
  // It keeps half a character, also of a pair of surrogates, until the next chunk.
  const decoder = new StringDecoder('utf16le');
  let half: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([half, chunk]);
    const whole = bytes.length - (bytes.length % 2);
    half = bytes.subarray(whole);
    const pairs = bytes.subarray(0, whole);
    yield utf8Of(decoder.write(encoding === 'UTF-16 BE' ? pairs.swap16() : pairs));
  }
  yield utf8Of(decoder.end());
  if (half.length > 0) yield INVALID_BYTE;
}

const LONE_SURROGATE = /\p{Surrogate}/u;

function utf8Of(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text);
  const parts = text.split(LONE_SURROGATE).map((part) => Buffer.from(part));
  return Buffer.concat(
    parts.flatMap((part, index) => (index === 0 ? [part] : [INVALID_BYTE, part])),
  );
}
