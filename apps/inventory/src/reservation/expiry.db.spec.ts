import {
  lockLevel,
  one,
  waitByDatabaseClock,
  awaitBlockedSession,
} from '../../../../test/db/in-process-inventories';
import {
  database,
  here,
  levelOf,
  there,
  useTwoInventories,
} from '../../../../test/db/two-inventories-fixture';
import { movementKinds, recordedState, sweepAll } from '../../../../test/db/holds';
import { givenStock } from '../../../../test/harness/stock';
import { times } from '../../../../test/harness/wait';

const HOUR_MS = 3_600_000;

const FAKE_DATE_ONLY = [
  'clearImmediate',
  'clearInterval',
  'clearTimeout',
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'setTimeout',
] as const;

useTwoInventories();

const withProcessTime = async (now: string, test: () => Promise<void>): Promise<void> => {
  jest.useFakeTimers({ now: new Date(now), doNotFake: [...FAKE_DATE_ONLY] });
  try {
    await test();
  } finally {
    jest.useRealTimers();
  }
};

/** Creates holds that are due by the database's clock. No sweeper runs in these tests. */
const givenDue = async (count: number, idPrefix: string, sku: string): Promise<void> => {
  await Promise.all(
    times(count, (index) => here.reservations.create(`${idPrefix}${index}`, one(sku), 1)),
  );
  await waitByDatabaseClock(database, 5);
};

describe('the sweeper', () => {
  it('expires due holds and no others', async () => {
    await givenStock(database, 'a', 5);
    await here.reservations.create('a1', one('a', 2), 1);
    await here.reservations.create('a2', one('a'), HOUR_MS);
    await here.reservations.create('a3', one('a'));
    await waitByDatabaseClock(database, 5);
    await sweepAll(here);
    expect([
      await recordedState(database, 'a1'),
      await recordedState(database, 'a2'),
      await recordedState(database, 'a3'),
    ]).toEqual(['EXPIRED', 'HELD', 'HELD']);
    expect(await levelOf('a')).toMatchObject({ onHand: 5, reserved: 2 });
  });

  it('uses the clock of the database, not that of the process', async () => {
    await givenStock(database, 'b', 5);
    await here.reservations.create('b1', one('b'), HOUR_MS);
    await here.reservations.create('b2', one('b'), 1);
    await waitByDatabaseClock(database, 5);
    await withProcessTime('1999-01-01', () => sweepAll(here));
    expect([await recordedState(database, 'b1'), await recordedState(database, 'b2')]).toEqual([
      'HELD',
      'EXPIRED',
    ]);
    await withProcessTime('2099-01-01', async () => {
      await sweepAll(here);
      await here.reservations.commit('b1');
    });
    expect(await recordedState(database, 'b1')).toBe('COMMITTED');
  });

  it('expires each hold once, also with many instances and more holds than fit one transaction', async () => {
    await givenStock(database, 'c', 1_000);
    await givenDue(600, 'c', 'c');
    expect(await here.decisions.expireDue()).toBe(true);
    await Promise.all([sweepAll(here), sweepAll(there), sweepAll(here), sweepAll(there)]);
    await sweepAll(here);
    expect(await levelOf('c')).toMatchObject({ reserved: 0, lastSeq: 1 + 600 + 600 });
  });

  it('does nothing, instead of waiting, while it runs at another instance', async () => {
    await givenStock(database, 'd', 5);
    await here.reservations.create('d1', one('d'), 1);
    await waitByDatabaseClock(database, 5);
    const rival = await lockLevel(database, 'd');
    const busy = here.decisions.expireDue();
    await awaitBlockedSession(database);
    expect(await there.decisions.expireDue()).toBe(false);
    await rival.query('rollback');
    await busy;
    expect(await recordedState(database, 'd1')).toBe('EXPIRED');
  });
});

describe('without a sweeper', () => {
  it('a basket expires the due holds of its short SKUs, and no others', async () => {
    await givenStock(database, 'e', 5);
    await givenStock(database, 'e-other', 5);
    await here.reservations.create('e1', one('e', 5), 1);
    await here.reservations.create('e2', one('e-other', 5), 1);
    await waitByDatabaseClock(database, 5);
    expect(await there.reservations.create('e3', one('e', 5))).toMatchObject({ state: 'HELD' });
    expect([await recordedState(database, 'e1'), await recordedState(database, 'e2')]).toEqual([
      'EXPIRED',
      'HELD',
    ]);
    expect(await movementKinds(here, 'e1')).toEqual(['HELD', 'EXPIRED']);
  });

  it('taking units at once expires due holds, too', async () => {
    await givenStock(database, 'f', 5);
    await here.reservations.create('f1', one('f', 5), 1);
    await waitByDatabaseClock(database, 5);
    await expect(there.reservations.take({ sku: 'f', quantity: 5 })).resolves.toEqual(
      expect.any(String),
    );
  });

  it('expiring a basket releases all of its SKUs', async () => {
    await givenStock(database, 'g-1', 5);
    await givenStock(database, 'g-2', 5);
    await here.reservations.create('g1', [...one('g-1', 5), ...one('g-2', 5)], 1);
    await waitByDatabaseClock(database, 5);
    expect(await here.reservations.create('g2', one('g-2', 5))).toMatchObject({ state: 'HELD' });
    expect(await levelOf('g-1')).toMatchObject({ reserved: 0 });
  });

  it('a basket can expire any number of holds', async () => {
    await givenStock(database, 'h', 600);
    await givenDue(600, 'h', 'h');
    expect(await here.reservations.create('big', one('h', 600))).toMatchObject({ state: 'HELD' });
  });

  it('a basket does not expire holds that are not due', async () => {
    await givenStock(database, 'i', 5);
    await here.reservations.create('i1', one('i', 5), HOUR_MS);
    expect(await here.reservations.create('i2', one('i'))).toMatchObject({
      state: 'REJECTED',
      shortages: [{ sku: 'i', requested: 1, available: 0, reason: 'NOT_ENOUGH' }],
    });
    expect(await recordedState(database, 'i1')).toBe('HELD');
  });

  it('reading a due hold expires it', async () => {
    await givenStock(database, 'j', 5);
    await here.reservations.create('j1', one('j', 5), 1);
    await waitByDatabaseClock(database, 5);
    expect(await there.reservations.get('j1')).toMatchObject({ state: 'EXPIRED' });
    expect(await levelOf('j')).toMatchObject({ reserved: 0 });
  });
});
