import { Readable } from 'node:stream';
import { times } from '../../../../test/harness/wait';
import { type TextFormat, textLines } from './csv-lines';

/** Reads a content from a stream with chunks of `pieceBytes`. */
const readAll = async (content: string | Buffer, pieceBytes = 65_536) => {
  const bytes = Buffer.from(content);
  const pieces = times(Math.ceil(bytes.length / pieceBytes), (index) =>
    bytes.subarray(index * pieceBytes, (index + 1) * pieceBytes),
  );
  const format: TextFormat = { encoding: 'UTF-8', hasByteOrderMark: false, lineEnds: new Set() };
  const lines = [];
  for await (const line of textLines(Readable.from(pieces), format)) lines.push(line);
  return { lines, format };
};

const read = async (content: string | Buffer, pieceBytes?: number) =>
  (await readAll(content, pieceBytes)).lines;

const CHUNK_SIZES = [1, 2, 3, 7, 65_536];

const utf16 = (text: string, encoding: string): Buffer => {
  const bytes = Buffer.from(text, 'utf16le');
  return encoding === 'UTF-16 BE' ? bytes.swap16() : bytes;
};

const fault = (lineNumber: number, words: string) => ({
  lineNumber,
  fault: expect.stringContaining(words) as string,
});

describe.each(CHUNK_SIZES)('in chunks of %i bytes', (pieceBytes) => {
  it('reads lines with each line end and skips blank ones', async () => {
    const { lines, format } = await readAll('\uFEFFa,b\r\n"c",5\n\n  \r\nd\r\röl,1\r', pieceBytes);
    expect(lines).toEqual([
      { lineNumber: 1, text: 'a,b' },
      { lineNumber: 2, text: '"c",5' },
      { lineNumber: 5, text: 'd' },
      { lineNumber: 7, text: 'öl,1' },
    ]);
    expect(format.hasByteOrderMark).toBe(true);
    expect([...format.lineEnds].sort()).toEqual(['CR', 'CRLF', 'LF']);
  });

  it.each(['\n', '\r\n', '\r'])('reads a file with the line end %j only', async (lineEnd) => {
    const { lines, format } = await readAll(['a', 'b', '', 'c'].join(lineEnd), pieceBytes);
    expect(lines.map(({ lineNumber }) => lineNumber)).toEqual([1, 2, 4]);
    expect(format.lineEnds.size).toBe(1);
  });

  it.each([
    ['UTF-16 LE', true],
    ['UTF-16 LE', false],
    ['UTF-16 BE', true],
    ['UTF-16 BE', false],
  ])('reads %s, with a byte order mark: %s', async (encoding, hasByteOrderMark) => {
    const text = `${hasByteOrderMark ? '\uFEFF' : ''}sku;reason\r\nburger;Brötchen 🍔\r\n`;
    const { lines, format } = await readAll(utf16(text, encoding), pieceBytes);
    expect(lines).toEqual([
      { lineNumber: 1, text: 'sku;reason' },
      { lineNumber: 2, text: 'burger;Brötchen 🍔' },
    ]);
    expect(format).toMatchObject({ encoding, hasByteOrderMark });
  });

  it('reports half a character of UTF-16 with its line', async () => {
    const text = utf16('\uFEFFsku\na\uD83Cb\nc\n', 'UTF-16 LE');
    expect(await read(Buffer.concat([text, Buffer.from('x')]), pieceBytes)).toEqual([
      { lineNumber: 1, text: 'sku' },
      fault(2, 'half a character of UTF-16 LE'),
      { lineNumber: 3, text: 'c' },
      fault(4, 'half a character of UTF-16 LE'),
    ]);
  });
});

it.each([
  [[0xff, 0xfe, 0, 0, 0x73, 0, 0, 0], 'is UTF-32'],
  [[0, 0, 0xfe, 0xff, 0, 0, 0, 0x73], 'is UTF-32'],
  [[0x73, 0, 0, 0, 0x6b, 0, 0, 0], 'is UTF-32'],
  [[0x50, 0x4b, 3, 4, 0x14, 0], 'is a workbook'],
])('rejects a file that begins with the bytes %j', async (bytes, words) => {
  expect(await read(Buffer.from(bytes), 1)).toEqual([fault(1, words)]);
});

it('yields no line of an empty file', async () => {
  expect(await read('')).toEqual([]);
});

it('reports a line that is not UTF-8 and reads the other lines', async () => {
  const latin1 = Buffer.from('a,1\nöl,2\nb,3', 'latin1');
  expect(await read(latin1)).toEqual([
    { lineNumber: 1, text: 'a,1' },
    fault(2, 'UTF-8'),
    { lineNumber: 3, text: 'b,3' },
  ]);
});

it('reports a line of any length above the limit and reads the following lines', async () => {
  const lines = await read(`${'x'.repeat(300_000)}\nburger,5\n${'y'.repeat(4_096)}`);
  expect(lines).toEqual([
    fault(1, '4096 bytes'),
    { lineNumber: 2, text: 'burger,5' },
    { lineNumber: 3, text: 'y'.repeat(4_096) },
  ]);
});

it('removes a byte order mark only at the beginning of the file', async () => {
  expect(await read('a\n\uFEFFb')).toEqual([
    { lineNumber: 1, text: 'a' },
    { lineNumber: 2, text: '\uFEFFb' },
  ]);
});

it('reads a file without line ends in bounded memory', async () => {
  const piece = Buffer.alloc(65_536, 'x');
  const pieces = Readable.from(times(3_000, () => piece));
  const format: TextFormat = { encoding: 'UTF-8', hasByteOrderMark: false, lineEnds: new Set() };
  // 200 MB. Kept and joined, they would take longer than this test may.
  const lines = [];
  for await (const line of textLines(pieces, format)) lines.push(line);
  expect(lines).toEqual([fault(1, '4096 bytes')]);
});
