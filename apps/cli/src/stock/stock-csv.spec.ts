import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { StockLevel } from '@app/contracts';
import { type CsvChunk, toCsv, writeToFile, writeToStream } from './stock-csv';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quickbite-export-'));
  file = join(folder, 'stock.csv');
  await writeFile(file, 'previous content');
});

afterEach(() => rm(folder, { recursive: true }));

async function* chunksUntil(failure?: Error): AsyncGenerator<CsvChunk> {
  yield await Promise.resolve({ text: 'sku,on_hand\n', skus: 0 });
  expect(await readFile(file, 'utf8')).toBe('previous content');
  yield { text: 'burger,5\n', skus: 1 };
  if (failure) throw failure;
}

it('replaces a file when the new content is complete', async () => {
  expect(await writeToFile(file, chunksUntil())).toBe(1);
  expect(await readFile(file, 'utf8')).toBe('sku,on_hand\nburger,5\n');
  expect(await readdir(folder)).toEqual(['stock.csv']);
});

it('keeps the previous file, and leaves no temporary one, if the export fails', async () => {
  await expect(writeToFile(file, chunksUntil(new Error('gone')))).rejects.toThrow('gone');
  expect(await readFile(file, 'utf8')).toBe('previous content');
  expect(await readdir(folder)).toEqual(['stock.csv']);
});

it('names the folder that it cannot write to', async () => {
  const nowhere = join(folder, 'none', 'stock.csv');
  await expect(writeToFile(nowhere, chunksUntil())).rejects.toThrow(/^Cannot write in .*none/);
});

const failing = (code: string): Writable => {
  const stream = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })),
  });
  return stream.on('error', () => undefined);
};

it('ends when the reader closes the stream, and fails when the disk is full', async () => {
  await expect(writeToStream(failing('EPIPE'), chunksUntil())).resolves.toBeUndefined();
  await expect(writeToStream(failing('ENOSPC'), chunksUntil())).rejects.toThrow('ENOSPC');
});

const level = (sku: string): StockLevel => ({
  sku,
  onHand: 5,
  reserved: 2,
  available: 3,
  known: true,
  shortfall: 0,
  seq: 1,
});

async function* pages(...skus: readonly (readonly string[])[]) {
  for (const page of skus) yield await Promise.resolve(page.map(level));
}

const textOf = async (chunks: AsyncIterable<CsvChunk>): Promise<string> => {
  let text = '';
  for await (const part of chunks) text += part.text;
  return text;
};

const never = new AbortController().signal;

it('has one header for any number of pages, including none', async () => {
  expect(await textOf(toCsv(pages(['a'], ['b']), never))).toBe(
    'sku,on_hand,reserved,available\na,5,2,3\nb,5,2,3\n',
  );
  expect(await textOf(toCsv(pages([]), never))).toBe('sku,on_hand,reserved,available\n');
});

it('has an apostrophe before a SKU that a spreadsheet would compute', async () => {
  expect(await textOf(toCsv(pages(['-1-2', '1-2', '.5']), never))).toBe(
    "sku,on_hand,reserved,available\n'-1-2,5,2,3\n1-2,5,2,3\n.5,5,2,3\n",
  );
});

it('ends when it is interrupted', async () => {
  const chunks = toCsv(pages(['a']), AbortSignal.abort());
  await expect(textOf(chunks)).rejects.toThrow('was interrupted and is incomplete');
});
