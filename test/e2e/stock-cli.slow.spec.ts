import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../harness/wait';
import { StockFixture } from './stock-fixture';

let fixture: StockFixture;

beforeAll(async () => {
  fixture = await StockFixture.start();
});

afterAll(() => fixture.stop());

/** Inserts more than a page of SKUs, each with as many units as its number. */
const givenManySkus = (prefix: string, count: number) =>
  fixture.cluster.inventoryDatabase.query(
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
    await fixture.hold('trip-9', 4);
    const file = join(fixture.folder, 'export.csv');
    const [written, printed] = await Promise.all([
      fixture.run('export', file),
      fixture.run('export'),
    ]);
    expect(written).toMatchObject({ code: 0 });
    const exported = await readFile(file, 'utf8');
    expect(printed).toMatchObject({ code: 0, stdout: exported });
    expect((await readdir(fixture.folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    const [header, ...lines] = exported.trimEnd().split('\n');
    expect(header).toBe('sku,on_hand,reserved,available');
    expect(lines).toContain('trip-9,9,4,5');
    const [total] = await fixture.cluster.inventoryDatabase.query(
      'select count(*)::int as count from stock_level',
    );
    expect({ count: lines.length }).toEqual(total);

    const before = await fixture.onHandOf('trip');
    await fixture.adjust('trip-7', 3);
    expect(await fixture.run('import', file)).toMatchObject({ code: 0 });
    expect(await fixture.onHandOf('trip')).toEqual(before);
  });
});

describe('adjust', () => {
  const because = ['--reason', 'count', '--actor', 'ann'];

  it('changes the stock once per id and prints the new level', async () => {
    await fixture.adjust('adj-1', 10);
    const args = ['adjust', 'adj-1', '-3', '--id', 'adj', ...because];
    const first = await fixture.run(...args);
    expect(first).toMatchObject({
      code: 0,
      stderr: `Inventory at ${fixture.cluster.inventory.address} (--address)\n`,
    });
    expect(first.stdout).toContain('adj-1: 7 on hand, 0 reserved, 7 available.');
    expect((await fixture.run(...args)).stdout).toContain('This call changed nothing.');
    expect((await fixture.onHandOf('adj')).get('adj-1')).toBe(7);
    const { movements } = await fixture.cluster.inventoryClient.listStockMovements({
      sku: 'adj-1',
      reservationId: '',
      afterSeq: 1,
      pageSize: 10,
    });
    expect(movements).toMatchObject([{ onHandDelta: -3, reason: 'count', actor: 'ann' }]);
  });

  it('shows that it waits while Inventory does not respond', async () => {
    await fixture.adjust('adj-4', 10);
    const locker = await fixture.cluster.inventoryDatabase.connect();
    await locker.query('begin');
    await locker.query(`select from stock_level where sku = 'adj-4' for update`);
    try {
      const cli = fixture.start('adjust', 'adj-4', '1', ...because);
      const { address } = fixture.cluster.inventory;
      await eventually('it shows that it waits', () =>
        cli.errorOutput.includes(`Waiting for Inventory at ${address} … 2 s\n`),
      );
      await locker.query('rollback');
      expect((await cli.ended()).stdout).toContain('adj-4: 11 on hand');
    } finally {
      await locker.query('rollback');
    }
  });

  it('changes nothing if the stock is not as expected', async () => {
    await fixture.adjust('adj-2', 10);
    const args = ['adjust', 'adj-2', '--set', '4', '--expected', '9', ...because];
    const { code, stderr } = await fixture.run(...args);
    expect(code).toBe(1);
    expect(stderr).toContain('not the expected 9. (STOCK_CHANGED)');
    expect((await fixture.onHandOf('adj')).get('adj-2')).toBe(10);
  });

  it('names the reservations that the stock no longer covers', async () => {
    await fixture.adjust('adj-3', 10);
    await fixture.hold('adj-3', 8);
    const args = ['adjust', 'adj-3', '-5', '--allow-shortfall', ...because];
    const { code, stdout } = await fixture.run(...args);
    expect(code).toBe(0);
    expect(stdout).toContain('adj-3: 5 on hand, 8 reserved, 0 available, 3 short.');
    expect(stdout).toMatch(/^ {2}hold-adj-3 {2}8 units, held since 20/m);
    const { stdout: listed } = await fixture.run('list', '--prefix', 'adj-3');
    expect(listed).toMatch(/^adj-3 +5 +8 +0 {2}3 short$/m);
    await fixture.adjust('adj-3', 3);
  });
});

it('lists the SKUs with a prefix, in SKU order and aligned', async () => {
  for (const [index, sku] of ['list-b', 'list-a', 'listing'].entries())
    await fixture.adjust(sku, index + 1);
  const { code, stdout } = await fixture.run('list', '--prefix', 'list-');
  expect(code).toBe(0);
  const [header = '', ...rows] = stdout.trimEnd().split('\n');
  expect(rows.map((row) => row.split(/ +/))).toEqual([
    ['list-a', '2', '0', '2'],
    ['list-b', '1', '0', '1'],
  ]);
  expect(rows.map((row) => row.length)).toEqual([header.length, header.length]);
});
