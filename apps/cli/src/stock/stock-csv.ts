import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import type { StockLevel } from '@app/contracts';
import { CommandError } from '../command-line/command-error';
import { errorCode } from '../command-line/output';
import { escapeFormula } from './formula-cell';

const COLUMNS = [
  { key: 'sku', header: 'sku' },
  { key: 'onHand', header: 'on_hand' },
  { key: 'reserved', header: 'reserved' },
  { key: 'available', header: 'available' },
];

/** A part of the CSV text, and how many SKUs it contains. */
export interface CsvChunk {
  readonly text: string;
  readonly skus: number;
}

/**
 * Yields pages of stock as CSV, with one header. A SKU such as -1-2, which a spreadsheet would compute,
 * has an apostrophe in front. Throws when `stop` is aborted.
 */
export async function* toCsv(
  pages: AsyncIterable<readonly StockLevel[]>,
  stop: AbortSignal,
): AsyncGenerator<CsvChunk> {
  let header = true;
  for await (const levels of pages) {
    if (stop.aborted) throw new CommandError('The export was interrupted and is incomplete.');
    const rows = levels.map((level) => ({ ...level, sku: escapeFormula(level.sku) }));
    yield { text: stringify(rows, { columns: COLUMNS, header }), skus: levels.length };
    header = false;
  }
}

/** Writes the text to a stream. A reader that closes it early, such as `head`, is no failure. */
export async function writeToStream(
  stream: Writable,
  chunks: AsyncIterable<CsvChunk>,
): Promise<void> {
  try {
    for await (const { text } of chunks) await write(stream, text);
  } catch (error) {
    if (errorCode(error) !== 'EPIPE') throw error;
  }
}

const write = (stream: Writable, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });

/**
 * Writes the text to a file and returns the number of SKUs. It writes a temporary file beside it and
 * renames that at the end, so the file is never incomplete.
 */
export async function writeToFile(file: string, chunks: AsyncIterable<CsvChunk>): Promise<number> {
  const temporary = join(dirname(file), `.${basename(file)}.${randomUUID()}.tmp`);
  const handle = await open(temporary, 'wx').catch((error: unknown) => {
    throw new CommandError(`Cannot write in ${dirname(file)} (${String(errorCode(error))}).`);
  });
  let skus = 0;
  try {
    try {
      for await (const chunk of chunks) {
        await handle.write(chunk.text);
        skus += chunk.skus;
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return skus;
}
