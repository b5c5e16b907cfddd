/**
 * Imports 100,000 lines twice with `stock import` of the built cli and prints time and memory:
 * `node --import tsx test/long/stock-import.ts`. It fails if the second import changes anything, or if
 * the cli exceeds its memory limit.
 */
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ensureBuilt } from '../../tools/build';
import { startPostgres } from '../../tools/embedded-postgres';
import { findFreePort } from '../../tools/ports';
import { removeHome } from '../../tools/postgres-home';
import { startReaper } from '../harness/postgres-reaper';
import { newInventory } from '../harness/services';
import { CliProcess } from '../harness/cli-process';
import { withClient } from '../harness/with-client';

const LINES = 100_000;
/** V8's limit for old objects. A cli that kept the file in memory would exceed it. */
const HEAP_MB = 96;
const MAX_PEAK_MB = 250;
const POLL_INTERVAL_MS = 100;

interface Run {
  readonly seconds: number;
  /** Peak memory. Undefined on platforms that do not report it. */
  readonly peakMb: number | undefined;
  readonly stdout: string;
}

interface Stock {
  readonly skus: number;
  readonly units: number;
  readonly movements: number;
}

const check = (what: string, holds: boolean, seen: unknown): void => {
  if (!holds) throw new Error(`FAILED ${what}\n${JSON.stringify(seen, null, 2)}`);
  console.log(`ok  ${what}`);
};

function* csv(): Generator<string> {
  yield 'sku,on_hand\n';
  for (let line = 0; line < LINES; line += 1) yield `warehouse-item-${line},${line % 1_000}\n`;
}

/** The kernel's own high-water mark. */
const peakMbOf = async (pid: number): Promise<number | undefined> => {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const [, kb] = /^VmHWM:\s+(\d+) kB$/m.exec(text) ?? [];
  return kb === undefined ? undefined : Math.round(Number(kb) / 1_024);
};

const importFile = async (file: string, address: string): Promise<Run> => {
  const startedMs = performance.now();
  const args = ['stock', 'import', file, '--address', address];
  const cli = new CliProcess(args, { nodeOptions: [`--max-old-space-size=${HEAP_MB}`] });
  let peakMb: number | undefined;
  const polling = setInterval(() => {
    void peakMbOf(cli.pid).then((seen) => (peakMb = seen ?? peakMb));
  }, POLL_INTERVAL_MS);
  const { code, stdout, stderr } = await cli.ended();
  clearInterval(polling);
  if (code !== 0) throw new Error(`The import ended with ${code}:\n${stdout}\n${stderr}`);
  return { seconds: (performance.now() - startedMs) / 1_000, peakMb, stdout };
};

const stockIn = (url: string): Promise<Stock> =>
  withClient(url, async (client) => {
    const { rows } = await client.query<Stock>(
      `select count(*)::int as skus, sum(on_hand)::int as units,
              (select count(*)::int from stock_movement) as movements from stock_level`,
    );
    return rows[0] ?? { skus: 0, units: 0, movements: 0 };
  });

const importTwice = async (databaseUrl: string, folder: string): Promise<readonly Run[]> => {
  const file = join(folder, 'stock.csv');
  await pipeline(Readable.from(csv()), createWriteStream(file));
  const inventory = await newInventory({ url: databaseUrl, ownerUrl: databaseUrl });
  await inventory.start();
  try {
    const first = await importFile(file, inventory.address);
    const stock = await stockIn(databaseUrl);
    check(
      `${LINES} lines were imported`,
      first.stdout.includes(`${LINES} changed, 0 already`),
      first,
    );
    check('each is in the ledger once', stock.movements === LINES && stock.skus === LINES, stock);
    const second = await importFile(file, inventory.address);
    const after = await stockIn(databaseUrl);
    check(
      'the second import reports that they are already applied',
      second.stdout.includes(`0 changed, ${LINES}`),
      second,
    );
    check('and changes nothing', JSON.stringify(after) === JSON.stringify(stock), after);
    return [first, second];
  } finally {
    await inventory.stop();
  }
};

const printFigures = (runs: readonly Run[]): void => {
  console.log('\nimport      lines   seconds  lines/s  peak MB');
  for (const [index, { seconds, peakMb }] of runs.entries()) {
    const figures = [LINES, seconds.toFixed(1), Math.round(LINES / seconds), peakMb ?? 'unknown'];
    const name = index === 0 ? 'first' : 'repeated';
    console.log(name.padEnd(8) + figures.map((each) => String(each).padStart(9)).join(''));
  }
};

const main = async (): Promise<void> => {
  await ensureBuilt({ log: console.log });
  const folder = await mkdtemp(join(tmpdir(), 'quickbite-import-'));
  const directory = join(tmpdir(), `quickbite-import-postgres-${randomUUID()}`);
  const reaper = startReaper(directory);
  try {
    const postgres = await startPostgres({ directory, port: await findFreePort() });
    try {
      await postgres.createDatabase('inventory');
      const runs = await importTwice(postgres.url('inventory'), folder);
      printFigures(runs);
      const peaks = runs.map(({ peakMb }) => peakMb ?? 0);
      check(`neither took more than ${MAX_PEAK_MB} MB`, Math.max(...peaks) <= MAX_PEAK_MB, peaks);
    } finally {
      await postgres.stop();
    }
  } finally {
    await removeHome(directory);
    await reaper.release();
    await rm(folder, { recursive: true });
  }
};

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
