import { Readable } from 'node:stream';
import { times } from '../../../../test/harness/wait';
import { csvLines } from './csv-lines';

/** Reads a text from a stream with chunks of `pieceBytes`. */
const read = async (content: string | Buffer, pieceBytes = 65_536) => {
  const bytes = Buffer.from(content);
  // eslint-disable-next-line @typescript-eslint/require-await
  const pieces = (async function* () {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  })();
  const lines = [];
  for await (const line of csvLines(pieces)) lines.push(line);
  return lines;
};

const fault = (lineNumber: number, words: string) => ({
  lineNumber,
  fault: expect.stringContaining(words) as string,
});

it.each([1, 2, 3, 7, 65_536])(
  'reads the same lines from chunks of %i bytes',
  async (pieceBytes) => {
    const text = '\uFEFFsku,on_hand\r\nburger,5\n\n  \r\n"piz""za, large",7\nöl,1';
    expect(await read(text, pieceBytes)).toEqual([
      { lineNumber: 1, fields: ['sku', 'on_hand'] },
      { lineNumber: 2, fields: ['burger', '5'] },
      { lineNumber: 5, fields: ['piz"za, large', '7'] },
      { lineNumber: 6, fields: ['öl', '1'] },
    ]);
  },
);

it('yields no line of an empty file', async () => {
  expect(await read('')).toEqual([]);
});

it.each(['"open,1', 'a"b,1', '"a"b,1', 'a,"b'])(
  'reports the misplaced quote in %s and reads the following lines',
  async (line) => {
    expect(await read(`${line}\nburger,5\n`)).toEqual([
      fault(1, 'quote'),
      { lineNumber: 2, fields: ['burger', '5'] },
    ]);
  },
);

it('reports a line that is not UTF-8 and reads the other lines', async () => {
  const latin1 = Buffer.from('a,1\nöl,2\nb,3', 'latin1');
  expect(await read(latin1)).toEqual([
    { lineNumber: 1, fields: ['a', '1'] },
    fault(2, 'UTF-8'),
    { lineNumber: 3, fields: ['b', '3'] },
  ]);
});

it('reports a line of any length above the limit and reads the following lines', async () => {
  const lines = await read(`${'x'.repeat(300_000)}\nburger,5\n${'y'.repeat(4_096)}`);
  expect(lines).toEqual([
    fault(1, '4096 bytes'),
    { lineNumber: 2, fields: ['burger', '5'] },
    { lineNumber: 3, fields: ['y'.repeat(4_096)] },
  ]);
});

it('removes a byte order mark only at the beginning of the file', async () => {
  expect(await read('a\n\uFEFFb')).toEqual([
    { lineNumber: 1, fields: ['a'] },
    { lineNumber: 2, fields: ['\uFEFFb'] },
  ]);
});

it('reads a file without line ends in bounded memory', async () => {
  const piece = Buffer.alloc(65_536, 'x');
  // 200 MB. Kept and joined, they would take longer than this test may.
  const lines = [];
  for await (const line of csvLines(Readable.from(times(3_000, () => piece)))) lines.push(line);
  expect(lines).toEqual([fault(1, '4096 bytes')]);
});
