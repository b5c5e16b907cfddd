import { findFreePort } from '../../tools/ports';
import { CliProcess } from '../harness/cli-process';
import { eventually, times } from '../harness/wait';
import { StockFixture } from './stock-fixture';

const LINES = 3_000;
/** A delivery whose import is interrupted, and the line at which a lock delays it. */
const DELIVERED_LINES = 600;
const MIDDLE = 300;

let fixture: StockFixture;

beforeAll(async () => {
  fixture = await StockFixture.start();
});

afterAll(() => fixture.stop());

/** Writes a file that adds 5 to each of many SKUs. The one in the middle exists with 0 units. */
const deliveryOf = async (prefix: string): Promise<string> => {
  await fixture.adjust(`${prefix}-${MIDDLE}`, 0);
  const lines = times(DELIVERED_LINES, (index) => `${prefix}-${index},5`);
  return fixture.writeCsv(`${prefix}.csv`, 'sku,delta', lines);
};

/** Runs `action` while an import waits for one of its SKUs, with 64 calls in flight. */
const whileImportWaits = async (prefix: string, action: () => unknown): Promise<void> => {
  const locker = await fixture.cluster.inventoryDatabase.connect();
  await locker.query('begin');
  await locker.query(`select from stock_level where sku = $1 for update`, [`${prefix}-${MIDDLE}`]);
  try {
    await eventually('the import waits for the lock', async () => {
      const waiting = await fixture.cluster.inventoryDatabase.query(
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
  const onHand = await fixture.onHandOf(prefix);
  expect(onHand.size).toBe(DELIVERED_LINES);
  expect(new Set(onHand.values())).toEqual(new Set([5]));
  // One for each line, and the first movement of the SKU in the middle.
  expect(await fixture.movementsOf(prefix)).toBe(DELIVERED_LINES + 1);
};

describe('import', () => {
  it('sets the stock once, even if it is repeated after units were taken', async () => {
    const lines = times(LINES, (index) => `count-${index},${index}`);
    const file = await fixture.writeCsv('count.csv', 'sku,on_hand', lines);
    const first = await fixture.run('import', file);
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout).toContain('3000 changed, 0 already applied.');
    expect(first.stderr.match(/ of 3000 lines/g)).toHaveLength(10);
    expect(await fixture.onHandOf('count')).toEqual(
      new Map(times(LINES, (index) => [`count-${index}`, index])),
    );

    await fixture.cluster.inventoryClient.reserveStock({
      sku: 'count-7',
      quantity: 7,
      reservationId: 'taken',
    });
    const again = await fixture.run('import', file);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toContain('0 changed, 3000 already applied.');
    expect(again.stdout).toContain('--id NAME');
    expect((await fixture.onHandOf('count')).get('count-7')).toBe(0);
    expect(await fixture.movementsOf('count')).toBe(LINES + 1);
  });

  it('changes nothing if lines are invalid, and names each of them', async () => {
    const lines = ['bad-1,5', 'bad 2,5', '"bad-3,5', 'bad-4,five', 'bad-1,6', 'bad-5,-1', 'bad-6'];
    const { code, stderr } = await fixture.run(
      'import',
      await fixture.writeCsv('bad.csv', 'sku,on_hand', lines),
    );
    expect(code).toBe(1);
    expect(stderr.match(/^line \d+/gm)).toEqual([3, 4, 5, 6, 7, 8].map((line) => `line ${line}`));
    expect(stderr).toContain('sku bad-1 is also on line 2');
    expect(stderr).toContain('has 6 invalid lines. Nothing was changed.');
    expect(await fixture.onHandOf('bad')).toEqual(new Map());
  });

  it('reports a rejected line, applies the others, and completes under the same id', async () => {
    for (const sku of ['part-1', 'part-2']) await fixture.adjust(sku, 10);
    await fixture.hold('part-1', 4);
    const name = (lines: readonly string[]) => fixture.writeCsv('part.csv', 'sku,on_hand', lines);
    const first = await fixture.run('import', await name(['part-0,1', 'part-1,3', 'part-2,3']));
    expect(first.code).toBe(1);
    expect(first.stderr).toMatch(
      /^line 3: part-1: .*10 on hand and 4 reserved.*\(STOCK_RESERVED\)$/m,
    );
    expect(first.stderr).toContain('2 changed, 0 already applied, 1 rejected.');
    expect(await fixture.onHandOf('part')).toEqual(
      new Map([
        ['part-0', 1],
        ['part-1', 10],
        ['part-2', 3],
      ]),
    );

    const [, id = ''] = /--id (\S+)/.exec(first.stderr) ?? [];
    const corrected = await name(['part-0,1', 'part-1,4', 'part-2,2']);
    const second = await fixture.run('import', corrected, '--id', id);
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(
      /^line 4: part-2: .*another set_on_hand.*\(ADJUSTMENT_MISMATCH\)$/m,
    );
    expect(second.stderr).toContain('1 changed, 1 already applied, 1 rejected.');
    expect(second.stderr).toContain(
      'Lines with ADJUSTMENT_MISMATCH were applied under this id with other values.',
    );
    expect((await fixture.onHandOf('part')).get('part-2')).toBe(3);
  });

  it('leads to the correct stock when it is killed and repeated', async () => {
    const file = await deliveryOf('kill');
    const cli = fixture.start('import', file);
    await whileImportWaits('kill', async () => {
      cli.signal('SIGKILL');
      expect((await cli.ended()).code).toBeNull();
    });
    const done = await fixture.movementsOf('kill');
    expect(done).toBeGreaterThan(100);
    expect(done).toBeLessThan(DELIVERED_LINES);
    const { code, stdout } = await fixture.run('import', file);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/^\d+ changed, \d{3,} already applied\.$/m);
    await expectDelivered('kill');
  });

  it('waits for the calls in flight after Ctrl+C and reports what was applied', async () => {
    const file = await deliveryOf('stop');
    const cli = fixture.start('import', file);
    await whileImportWaits('stop', () => cli.signal('SIGINT'));
    const { code, stderr } = await cli.ended();
    expect(code).toBe(1);
    expect(stderr).toContain('The import was interrupted.');
    expect(stderr).toContain('Lines that are already applied are not applied again.');
    const [, changed] = /^(\d+) changed, 0 already applied, \d+ not sent\.$/m.exec(stderr) ?? [];
    // The extra movement is the first one of the SKU in the middle.
    expect(await fixture.movementsOf('stop')).toBe(Number(changed) + 1);

    const again = await fixture.run('import', file);
    expect(again.stdout).toContain(`${changed} already applied`);
    await expectDelivered('stop');
  });

  it('continues after Inventory was killed and restarted', async () => {
    const file = await deliveryOf('restart');
    const cli = fixture.start('import', file);
    await whileImportWaits('restart', () => fixture.cluster.inventory.stop('SIGKILL'));
    await fixture.cluster.inventory.start();
    expect(await cli.ended()).toMatchObject({ code: 0 });
    await expectDelivered('restart');
  });

  it('states the remedy if Inventory is unavailable, before it sends anything', async () => {
    const file = await fixture.writeCsv('good.csv', 'sku,on_hand', ['burger,1']);
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
    const file = await fixture.writeCsv('dry.csv', 'sku,on_hand', ['dry-1,1']);
    expect(await fixture.run('import', file, '--dry-run')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 lines. Nothing was sent') as string,
    });
    expect(await fixture.onHandOf('dry')).toEqual(new Map());
  });
});
