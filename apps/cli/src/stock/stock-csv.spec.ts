import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { StockLevel } from '@app/contracts';
import { csvOf, type Part, toFile, toStream } from './export.command';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quickbite-export-'));
  file = join(folder, 'stock.csv');
  await writeFile(file, 'what was there');
});

afterEach(() => rm(folder, { recursive: true }));

async function* partsUpTo(failure?: Error): AsyncGenerator<Part> {
  yield await Promise.resolve({ text: 'sku,on_hand\n', skus: 0 });
  expect(await readFile(file, 'utf8')).toBe('what was there');
  yield { text: 'burger,5\n', skus: 1 };
  if (failure) throw failure;
}

it('replaces a file when all of the new one is written', async () => {
  expect(await toFile(file, partsUpTo())).toBe(1);
  expect(await readFile(file, 'utf8')).toBe('sku,on_hand\nburger,5\n');
  expect(await readdir(folder)).toEqual(['stock.csv']);
});

it('leaves the file that was there, and nothing beside it, where it fails half-way', async () => {
  await expect(toFile(file, partsUpTo(new Error('gone')))).rejects.toThrow('gone');
  expect(await readFile(file, 'utf8')).toBe('what was there');
  expect(await readdir(folder)).toEqual(['stock.csv']);
});

it('says where it cannot write', async () => {
  const nowhere = join(folder, 'none', 'stock.csv');
  await expect(toFile(nowhere, partsUpTo())).rejects.toThrow(/^Cannot write in .*none/);
});

const failing = (code: string): Writable => {
  const stream = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })),
  });
  return stream.on('error', () => undefined);
};

it('takes a reader that has had enough for the end, and a full disk for a failure', async () => {
  await expect(toStream(failing('EPIPE'), partsUpTo())).resolves.toBeUndefined();
  await expect(toStream(failing('ENOSPC'), partsUpTo())).rejects.toThrow('ENOSPC');
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

const textOf = async (parts: AsyncIterable<Part>): Promise<string> => {
  let text = '';
  for await (const part of parts) text += part.text;
  return text;
};

const never = new AbortController().signal;

it('has one header, however many pages there are, and one where there is nothing', async () => {
  expect(await textOf(csvOf(pages(['a'], ['b']), never))).toBe(
    'sku,on_hand,reserved,available\na,5,2,3\nb,5,2,3\n',
  );
  expect(await textOf(csvOf(pages([]), never))).toBe('sku,on_hand,reserved,available\n');
});

it('ends when it is told to', async () => {
  const parts = csvOf(pages(['a']), AbortSignal.abort());
  await expect(textOf(parts)).rejects.toThrow('before the export was complete');
});
