import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import type { StockLevel } from '@app/contracts';
import { listenForStop } from '../../../../tools/stop-signal';
import { errorCode, print, ToolError } from '../../../../tools/tool';
import {
  ADDRESS_OPTION,
  ADDRESS_USAGE,
  type Command,
  inventoryAddress,
  parseArguments,
  wrongUsage,
} from './stock-options';
import { withInventory } from './stock-admin.client';
import { stockPages } from './stock-pages';

const USAGE = `Usage: npm run stock -- export [FILE.csv] [options]

Writes all stock as CSV with the columns sku,on_hand,reserved,available, in SKU order: to the
file, whole or not at all, or without one to standard output (use npm run --silent stock -- export).
"import" takes such a file as it is, and sets what is on hand.

${ADDRESS_USAGE}`;

const COLUMNS = [
  { key: 'sku', header: 'sku' },
  { key: 'onHand', header: 'on_hand' },
  { key: 'reserved', header: 'reserved' },
  { key: 'available', header: 'available' },
];

export const exportCommand: Command = {
  summary: 'writes all stock as CSV',
  usage: USAGE,
  run: async (args) => {
    const { values, positionals } = parseArguments(args, ADDRESS_OPTION, USAGE);
    const [file, ...more] = positionals;
    if (more.length > 0) throw wrongUsage('Name one file at most.', USAGE);
    const { asked } = listenForStop();
    await withInventory(inventoryAddress(values.address, USAGE), async (client) => {
      const pages = csvOf(stockPages(client, asked), asked);
      if (file === undefined) return toStream(process.stdout, pages);
      const skus = await toFile(file, pages);
      print(`Wrote ${skus} SKUs to ${file}.`);
    });
  },
};

export interface Part {
  readonly text: string;
  readonly skus: number;
}

export async function* csvOf(
  pages: AsyncIterable<readonly StockLevel[]>,
  stop: AbortSignal,
): AsyncGenerator<Part> {
  let header = true;
  for await (const levels of pages) {
    if (stop.aborted) throw new ToolError('Stopped before the export was complete.');
    yield { text: stringify([...levels], { columns: COLUMNS, header }), skus: levels.length };
    header = false;
  }
}

/** Whoever reads may have enough before the end, such as `head`: that is no failure. */
export async function toStream(stream: Writable, parts: AsyncIterable<Part>): Promise<void> {
  try {
    for await (const { text } of parts) await written(stream, text);
  } catch (error) {
    if (errorCode(error) !== 'EPIPE') throw error;
  }
}

const written = (stream: Writable, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });

/** Works beside the file and moves in when done: half an export is never taken for one. */
export async function toFile(file: string, parts: AsyncIterable<Part>): Promise<number> {
  const draft = join(dirname(file), `.${basename(file)}.${randomUUID()}.tmp`);
  const handle = await open(draft, 'wx').catch((error: unknown) => {
    throw new ToolError(`Cannot write in ${dirname(file)} (${String(errorCode(error))}).`);
  });
  let skus = 0;
  try {
    try {
      for await (const part of parts) {
        await handle.write(part.text);
        skus += part.skus;
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  return skus;
}
