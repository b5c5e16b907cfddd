import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../../tools/ports';
import { cloneDatabase, type TestDatabase } from '../harness/databases';
import { type InventoryRpc, connectInventory } from '../harness/inventory-client';
import { newInventory } from '../harness/services';
import { CliProcess, type CliResult } from '../harness/cli-process';
import { eventually, times } from '../harness/wait';

const LINES = 3_000;
/** A delivery whose import is interrupted, and the line at which a lock delays it. */
const DELIVERED_LINES = 600;
const MIDDLE = 300;

let database: TestDatabase;
let inventory: Awaited<ReturnType<typeof newInventory>>;
let calls: InventoryRpc;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quickbite-stock-'));
  database = await cloneDatabase('inventory');
  inventory = await newInventory(database);
  await inventory.start();
  calls = connectInventory(inventory.address);
});

afterAll(async () => {
  const broken = await database.differences();
  calls.close();
  await inventory.stop();
  await database.drop();
  await rm(folder, { recursive: true });
  expect(broken).toEqual([]);
});

const start = (...args: string[]): CliProcess =>
  new CliProcess(['stock', ...args, '--address', inventory.address]);

const stock = (...args: string[]): Promise<CliResult> => start(...args).ended();

const fileWith = async (name: string, header: string, lines: readonly string[]) => {
  const path = join(folder, name);
  await writeFile(path, [header, ...lines, ''].join('\n'));
  return path;
};

const onHandOf = async (prefix: string): Promise<Map<string, number>> => {
  const rows = await database.query<{ sku: string; on_hand: number }>(
    'select sku, on_hand from stock_level where sku like $1',
    [`${prefix}-%`],
  );
  return new Map(rows.map(({ sku, on_hand }) => [sku, on_hand]));
};

const movementsOf = async (prefix: string): Promise<number> => {
  const [row] = await database.query<{ count: number }>(
    'select count(*)::int as count from stock_movement where sku like $1',
    [`${prefix}-%`],
  );
  return row?.count ?? 0;
};

const adjust = (sku: string, delta: number) =>
  calls.adjustStock({
    adjustmentId: `test:${sku}:${delta}`,
    sku,
    delta,
    reason: 'test',
    actor: 'test',
    allowShortfall: false,
  });

const hold = (sku: string, quantity: number) =>
  calls.createReservation({ reservationId: `hold-${sku}`, lines: [{ sku, quantity }] });

/** A file that adds 5 to each of many SKUs, where the one in the middle has 0 to begin with. */
const deliveryOf = async (prefix: string): Promise<string> => {
  await adjust(`${prefix}-${MIDDLE}`, 0);
  const lines = times(DELIVERED_LINES, (index) => `${prefix}-${index},5`);
  return fileWith(`${prefix}.csv`, 'sku,delta', lines);
};

/** Runs `action` while an import waits for one of its SKUs, with 64 calls in flight. */
const whileImportWaits = async (prefix: string, action: () => unknown): Promise<void> => {
  const locker = await database.connect();
  await locker.query('begin');
  await locker.query(`select from stock_level where sku = $1 for update`, [`${prefix}-${MIDDLE}`]);
  try {
    await eventually('the import waits for the lock', async () => {
      const waiting = await database.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return waiting.length > 0;
    });
    await action();
  } finally {
    await locker.query('rollback');
  }
};

const expectDelivered = async (prefix: string): Promise<void> => {
  const onHand = await onHandOf(prefix);
  expect(onHand.size).toBe(DELIVERED_LINES);
  expect(new Set(onHand.values())).toEqual(new Set([5]));
  // One for each line, and the one that the SKU in the middle began with.
  expect(await movementsOf(prefix)).toBe(DELIVERED_LINES + 1);
};

/** More than a page of them, each with as many units as its number. */
const givenManySkus = (prefix: string, count: number) =>
  database.query(
    `with levels as (
       insert into stock_level (sku, on_hand, reserved, last_seq)
       select $1 || '-' || units, units, 0, 1 from generate_series(0, $2::int - 1) units
       returning sku, on_hand)
     insert into stock_movement (sku, seq, kind, on_hand_delta, reserved_delta, on_hand_after,
                                 reserved_after, adjustment_id, reason, actor)
     select sku, 1, 'ADJUSTED', on_hand, 0, on_hand, 0, 'given:' || sku, 'test', 'test'
       from levels`,
    [prefix, count],
  );

describe('export', () => {
  it('writes a file that import accepts without changes', async () => {
    await givenManySkus('trip', 1_100);
    await hold('trip-9', 4);
    const file = join(folder, 'export.csv');
    const [written, printed] = await Promise.all([stock('export', file), stock('export')]);
    expect(written).toMatchObject({ code: 0 });
    const exported = await readFile(file, 'utf8');
    expect(printed).toMatchObject({ code: 0, stdout: exported });
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    const [header, ...lines] = exported.trimEnd().split('\n');
    expect(header).toBe('sku,on_hand,reserved,available');
    expect(lines).toContain('trip-9,9,4,5');
    const [total] = await database.query('select count(*)::int as count from stock_level');
    expect({ count: lines.length }).toEqual(total);

    const before = await onHandOf('trip');
    await adjust('trip-7', 3);
    expect(await stock('import', file)).toMatchObject({ code: 0 });
    expect(await onHandOf('trip')).toEqual(before);
  });
});

describe('import', () => {
  it('sets the stock once, even if it is repeated after units were taken', async () => {
    const lines = times(LINES, (index) => `count-${index},${index}`);
    const file = await fileWith('count.csv', 'sku,on_hand', lines);
    const first = await stock('import', file);
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout).toContain('3000 changed, 0 already applied.');
    expect(first.stderr.match(/ of 3000 lines/g)).toHaveLength(10);
    expect(await onHandOf('count')).toEqual(
      new Map(times(LINES, (index) => [`count-${index}`, index])),
    );

    await calls.reserveStock({ sku: 'count-7', quantity: 7, reservationId: 'taken' });
    const again = await stock('import', file);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toContain('0 changed, 3000 already applied.');
    expect(again.stdout).toContain('--id NAME');
    expect((await onHandOf('count')).get('count-7')).toBe(0);
    expect(await movementsOf('count')).toBe(LINES + 1);
  });

  it('changes nothing if lines are invalid, and names each of them', async () => {
    const lines = ['bad-1,5', 'bad 2,5', '"bad-3,5', 'bad-4,five', 'bad-1,6', 'bad-5,-1', 'bad-6'];
    const { code, stderr } = await stock('import', await fileWith('bad.csv', 'sku,on_hand', lines));
    expect(code).toBe(1);
    expect(stderr.match(/^line \d+/gm)).toEqual([3, 4, 5, 6, 7, 8].map((line) => `line ${line}`));
    expect(stderr).toContain('sku bad-1 is also on line 2');
    expect(stderr).toContain('has 6 invalid lines. Nothing was changed.');
    expect(await onHandOf('bad')).toEqual(new Map());
  });

  it('reports a rejected line, applies the others, and completes under the same id', async () => {
    for (const sku of ['part-1', 'part-2']) await adjust(sku, 10);
    await hold('part-1', 4);
    const name = (lines: readonly string[]) => fileWith('part.csv', 'sku,on_hand', lines);
    const first = await stock('import', await name(['part-0,1', 'part-1,3', 'part-2,3']));
    expect(first.code).toBe(1);
    expect(first.stderr).toMatch(
      /^line 3: part-1: .*10 on hand and 4 reserved.*\(STOCK_RESERVED\)$/m,
    );
    expect(first.stderr).toContain('2 changed, 0 already applied, 1 rejected.');
    expect(await onHandOf('part')).toEqual(
      new Map([
        ['part-0', 1],
        ['part-1', 10],
        ['part-2', 3],
      ]),
    );

    const [, id = ''] = /--id (\S+)/.exec(first.stderr) ?? [];
    const corrected = await name(['part-0,1', 'part-1,4', 'part-2,2']);
    const second = await stock('import', corrected, '--id', id);
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(
      /^line 4: part-2: .*another set_on_hand.*\(ADJUSTMENT_MISMATCH\)$/m,
    );
    expect(second.stderr).toContain('1 changed, 1 already applied, 1 rejected.');
    expect(second.stderr).toContain(
      'Lines with ADJUSTMENT_MISMATCH were applied under this id with other values.',
    );
    expect((await onHandOf('part')).get('part-2')).toBe(3);
  });

  it('leads to the correct stock when it is killed and repeated', async () => {
    const file = await deliveryOf('kill');
    const cli = start('import', file);
    await whileImportWaits('kill', async () => {
      cli.signal('SIGKILL');
      expect((await cli.ended()).code).toBeNull();
    });
    const done = await movementsOf('kill');
    expect(done).toBeGreaterThan(100);
    expect(done).toBeLessThan(DELIVERED_LINES);
    const { code, stdout } = await stock('import', file);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/^\d+ changed, \d{3,} already applied\.$/m);
    await expectDelivered('kill');
  });

  it('waits for the calls in flight after Ctrl+C and reports what was applied', async () => {
    const file = await deliveryOf('stop');
    const cli = start('import', file);
    await whileImportWaits('stop', () => cli.signal('SIGINT'));
    const { code, stderr } = await cli.ended();
    expect(code).toBe(1);
    expect(stderr).toContain('The import was interrupted.');
    expect(stderr).toContain('Lines that are already applied are not applied again.');
    const [, changed] = /^(\d+) changed, 0 already applied, \d+ not sent\.$/m.exec(stderr) ?? [];
    // The one that is too many is that which the SKU in the middle began with.
    expect(await movementsOf('stop')).toBe(Number(changed) + 1);

    const again = await stock('import', file);
    expect(again.stdout).toContain(`${changed} already applied`);
    await expectDelivered('stop');
  });

  it('continues after Inventory was killed and restarted', async () => {
    const file = await deliveryOf('restart');
    const cli = start('import', file);
    await whileImportWaits('restart', () => inventory.stop('SIGKILL'));
    await inventory.start();
    expect(await cli.ended()).toMatchObject({ code: 0 });
    await expectDelivered('restart');
  });

  it('states the remedy if Inventory is unavailable, before it sends anything', async () => {
    const file = await fileWith('good.csv', 'sku,on_hand', ['burger,1']);
    const address = `127.0.0.1:${await findFreePort()}`;
    const { code, stdout, stderr } = await new CliProcess([
      ...['stock', 'import', file],
      ...['--address', address],
    ]).ended();
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`Inventory does not respond at ${address}`);
    expect(stderr).toContain('CLI_INVENTORY_ADDRESS');
  });

  it('checks a file without a change', async () => {
    const file = await fileWith('dry.csv', 'sku,on_hand', ['dry-1,1']);
    expect(await stock('import', file, '--dry-run')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 lines. Nothing was sent') as string,
    });
    expect(await onHandOf('dry')).toEqual(new Map());
  });
});

describe('adjust', () => {
  const because = ['--reason', 'count', '--actor', 'ann'];

  it('changes the stock once per id and prints the new level', async () => {
    await adjust('adj-1', 10);
    const args = ['adjust', 'adj-1', '-3', '--id', 'adj', ...because];
    const first = await stock(...args);
    expect(first).toMatchObject({
      code: 0,
      stderr: `Inventory at ${inventory.address} (--address)\n`,
    });
    expect(first.stdout).toContain('adj-1: 7 on hand, 0 reserved, 7 available.');
    expect((await stock(...args)).stdout).toContain('This call changed nothing.');
    expect((await onHandOf('adj')).get('adj-1')).toBe(7);
    const { movements } = await calls.listStockMovements({
      sku: 'adj-1',
      reservationId: '',
      afterSeq: 1,
      pageSize: 10,
    });
    expect(movements).toMatchObject([{ onHandDelta: -3, reason: 'count', actor: 'ann' }]);
  });

  it('changes nothing if the stock is not as expected', async () => {
    await adjust('adj-2', 10);
    const args = ['adjust', 'adj-2', '--set', '4', '--expected', '9', ...because];
    const { code, stderr } = await stock(...args);
    expect(code).toBe(1);
    expect(stderr).toContain('not the expected 9. (STOCK_CHANGED)');
    expect((await onHandOf('adj')).get('adj-2')).toBe(10);
  });

  it('names the reservations that the stock no longer covers', async () => {
    await adjust('adj-3', 10);
    await hold('adj-3', 8);
    const args = ['adjust', 'adj-3', '-5', '--allow-shortfall', ...because];
    const { code, stdout } = await stock(...args);
    expect(code).toBe(0);
    expect(stdout).toContain('adj-3: 5 on hand, 8 reserved, 0 available, 3 short.');
    expect(stdout).toMatch(/^ {2}hold-adj-3 {2}8 units, held since 20/m);
    const { stdout: listed } = await stock('list', '--prefix', 'adj-3');
    expect(listed).toMatch(/^adj-3 +5 +8 +0 {2}3 short$/m);
    await adjust('adj-3', 3);
  });
});

it('lists the SKUs with a prefix, in SKU order and aligned', async () => {
  for (const [index, sku] of ['list-b', 'list-a', 'listing'].entries())
    await adjust(sku, index + 1);
  const { code, stdout } = await stock('list', '--prefix', 'list-');
  expect(code).toBe(0);
  const [header = '', ...rows] = stdout.trimEnd().split('\n');
  expect(rows.map((row) => row.split(/ +/))).toEqual([
    ['list-a', '2', '0', '2'],
    ['list-b', '1', '0', '1'],
  ]);
  expect(rows.map((row) => row.length)).toEqual([header.length, header.length]);
});
