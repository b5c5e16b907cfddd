import {
  lockLevel,
  type InventoryInstance,
  type InProcessInventories,
  one,
  waitByDatabaseClock,
  awaitBlockedSession,
  startInProcessInventories,
} from '../../../../test/db/in-process-inventories';
import { givenStock } from '../../../../test/harness/stock';
import type { TestDatabase } from '../../../../test/harness/databases';
import { times } from '../../../../test/harness/wait';

const HOUR_MS = 3_600_000;

const ALL_BUT_DATE = [
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

let pair: InProcessInventories;
let database: TestDatabase;
let here: InventoryInstance;
let there: InventoryInstance;

beforeAll(async () => {
  pair = await startInProcessInventories();
  ({ database, here, there } = pair);
});

afterEach(async () => {
  expect(await database.differences()).toEqual([]);
});

afterAll(() => pair.close());

const levelOf = async (sku: string) => (await here.stock.levelsOf([sku]))[0];

const stateOf = async (id: string): Promise<string | undefined> => {
  const [row] = await database.query<{ state: string }>(
    'select state from reservation where id = $1',
    [id],
  );
  return row?.state;
};

const movementsOf = async (reservationId: string): Promise<string[]> => {
  const { items: movements } = await here.ledger.page({ reservationId, afterSeq: 0, limit: 100 });
  return movements.map(({ kind }) => kind);
};

const whileTheProcessSaysItIs = async (now: string, work: () => Promise<void>): Promise<void> => {
  jest.useFakeTimers({ now: new Date(now), doNotFake: [...ALL_BUT_DATE] });
  try {
    await work();
  } finally {
    jest.useRealTimers();
  }
};

const sweepAll = async ({ decisions }: InventoryInstance): Promise<void> => {
  while (await decisions.expireDue()) continue;
};

/** Holds whose time has run out by the database's clock. No sweeper runs in these tests. */
const givenDue = async (count: number, idPrefix: string, sku: string): Promise<void> => {
  await Promise.all(
    times(count, (index) => here.reservations.create(`${idPrefix}${index}`, one(sku), 1)),
  );
  await waitByDatabaseClock(database, 5);
};

describe('the sweeper', () => {
  it('gives back the units of holds whose time has run out, and of no other', async () => {
    await givenStock(database, 'a', 5);
    await here.reservations.create('a1', one('a', 2), 1);
    await here.reservations.create('a2', one('a'), HOUR_MS);
    await here.reservations.create('a3', one('a'));
    await waitByDatabaseClock(database, 5);
    await sweepAll(here);
    expect([await stateOf('a1'), await stateOf('a2'), await stateOf('a3')]).toEqual([
      'EXPIRED',
      'HELD',
      'HELD',
    ]);
    expect(await levelOf('a')).toMatchObject({ onHand: 5, reserved: 2 });
  });

  it('goes by the clock of the database, whatever that of the process says', async () => {
    await givenStock(database, 'b', 5);
    await here.reservations.create('b1', one('b'), HOUR_MS);
    await here.reservations.create('b2', one('b'), 1);
    await waitByDatabaseClock(database, 5);
    await whileTheProcessSaysItIs('1999-01-01', () => sweepAll(here));
    expect([await stateOf('b1'), await stateOf('b2')]).toEqual(['HELD', 'EXPIRED']);
    await whileTheProcessSaysItIs('2099-01-01', async () => {
      await sweepAll(here);
      await here.reservations.commit('b1');
    });
    expect(await stateOf('b1')).toBe('COMMITTED');
  });

  it('ends more than fits one transaction, and at many instances each once', async () => {
    await givenStock(database, 'c', 1_000);
    await givenDue(600, 'c', 'c');
    expect(await here.decisions.expireDue()).toBe(true);
    await Promise.all([sweepAll(here), sweepAll(there), sweepAll(here), sweepAll(there)]);
    await sweepAll(here);
    expect(await levelOf('c')).toMatchObject({ reserved: 0, lastSeq: 1 + 600 + 600 });
  });

  it('leaves the work to another instance that is at it, instead of waiting', async () => {
    await givenStock(database, 'd', 5);
    await here.reservations.create('d1', one('d'), 1);
    await waitByDatabaseClock(database, 5);
    const rival = await lockLevel(database, 'd');
    const busy = here.decisions.expireDue();
    await awaitBlockedSession(database);
    expect(await there.decisions.expireDue()).toBe(false);
    await rival.query('rollback');
    await busy;
    expect(await stateOf('d1')).toBe('EXPIRED');
  });
});

describe('without a sweeper', () => {
  it('a basket that would be refused takes back what is due on its SKUs, and on no other', async () => {
    await givenStock(database, 'e', 5);
    await givenStock(database, 'e-other', 5);
    await here.reservations.create('e1', one('e', 5), 1);
    await here.reservations.create('e2', one('e-other', 5), 1);
    await waitByDatabaseClock(database, 5);
    expect(await there.reservations.create('e3', one('e', 5))).toMatchObject({ state: 'HELD' });
    expect([await stateOf('e1'), await stateOf('e2')]).toEqual(['EXPIRED', 'HELD']);
    expect(await movementsOf('e1')).toEqual(['HELD', 'EXPIRED']);
  });

  it('so does taking at once', async () => {
    await givenStock(database, 'f', 5);
    await here.reservations.create('f1', one('f', 5), 1);
    await waitByDatabaseClock(database, 5);
    await expect(there.reservations.take({ sku: 'f', quantity: 5 })).resolves.toEqual(
      expect.any(String),
    );
  });

  it('a basket that is due gives all of its SKUs back', async () => {
    await givenStock(database, 'g-1', 5);
    await givenStock(database, 'g-2', 5);
    await here.reservations.create('g1', [...one('g-1', 5), ...one('g-2', 5)], 1);
    await waitByDatabaseClock(database, 5);
    expect(await here.reservations.create('g2', one('g-2', 5))).toMatchObject({ state: 'HELD' });
    expect(await levelOf('g-1')).toMatchObject({ reserved: 0 });
  });

  it('however many holds have to be ended for it', async () => {
    await givenStock(database, 'h', 600);
    await givenDue(600, 'h', 'h');
    expect(await here.reservations.create('big', one('h', 600))).toMatchObject({ state: 'HELD' });
  });

  it('what is not due is not taken', async () => {
    await givenStock(database, 'i', 5);
    await here.reservations.create('i1', one('i', 5), HOUR_MS);
    expect(await here.reservations.create('i2', one('i'))).toMatchObject({
      state: 'REJECTED',
      shortages: [{ sku: 'i', requested: 1, available: 0, reason: 'NOT_ENOUGH' }],
    });
    expect(await stateOf('i1')).toBe('HELD');
  });

  it('a hold that is due is told of as EXPIRED, and its units are back', async () => {
    await givenStock(database, 'j', 5);
    await here.reservations.create('j1', one('j', 5), 1);
    await waitByDatabaseClock(database, 5);
    expect(await there.reservations.get('j1')).toMatchObject({ state: 'EXPIRED' });
    expect(await levelOf('j')).toMatchObject({ reserved: 0 });
  });
});

describe('more time', () => {
  it('keeps a hold beyond its first end, also on what waits for its units', async () => {
    await givenStock(database, 'k', 1);
    const { expiresAt } = await here.reservations.create('k1', one('k'), 60_000);
    const extended = await there.reservations.extend('k1', 2 * HOUR_MS);
    expect(extended.expiresAt?.getTime()).toBeGreaterThan((expiresAt?.getTime() ?? 0) + HOUR_MS);
    expect(await here.reservations.extend('k1', null)).toMatchObject({ expiresAt: null });
    await sweepAll(here);
    expect(await here.reservations.create('k2', one('k'))).toMatchObject({ state: 'REJECTED' });
  });

  it('without an end, and a commit in the same group, leave nothing behind that looks due', async () => {
    await givenStock(database, 'q', 5);
    await givenStock(database, 'q-other', 5);
    await here.reservations.create('q1', one('q', 2), 200);
    // Behind a decision that has to wait, so that both are decided together.
    const rival = await lockLevel(database, 'q-other');
    const first = here.reservations.create('q2', one('q-other'));
    await awaitBlockedSession(database);
    const extended = here.reservations.extend('q1', null);
    const committed = here.reservations.commit('q1');
    await rival.query('rollback');
    await Promise.all([first, extended, committed]);
    await waitByDatabaseClock(database, 250);
    expect(await here.reservations.create('q3', one('q', 9))).toMatchObject({ state: 'REJECTED' });
  });

  it('cannot be given to what is over, to what is unknown, or to what was committed', async () => {
    await givenStock(database, 'l', 5);
    await here.reservations.create('l1', one('l'), 1);
    await here.reservations.create('l2', one('l'));
    await here.reservations.commit('l2');
    await waitByDatabaseClock(database, 5);
    const reasonOf = (id: string) =>
      here.reservations.extend(id, HOUR_MS).catch((error: unknown) => error);
    expect(await reasonOf('l1')).toMatchObject({ reason: 'RESERVATION_ENDED' });
    expect(await reasonOf('l2')).toMatchObject({ reason: 'RESERVATION_ENDED' });
    expect(await reasonOf('l3')).toMatchObject({ reason: 'RESERVATION_NOT_FOUND' });
    expect(await stateOf('l1')).toBe('EXPIRED');
  });
});

describe('a commit', () => {
  it('lets the units leave, once', async () => {
    await givenStock(database, 'm', 5);
    await here.reservations.create('m1', one('m', 2));
    const answers = await Promise.all(
      times(10, (index) => (index % 2 ? here : there).reservations.commit('m1')),
    );
    expect(answers.every(({ state }) => state === 'COMMITTED')).toBe(true);
    expect(await levelOf('m')).toMatchObject({ onHand: 3, reserved: 0 });
    expect(await movementsOf('m1')).toEqual(['HELD', 'COMMITTED']);
  });

  it('of what is unknown is refused, and leaves no trace', async () => {
    await expect(here.reservations.commit('m2')).rejects.toMatchObject({
      reason: 'RESERVATION_NOT_FOUND',
    });
    expect(await stateOf('m2')).toBeUndefined();
  });

  it('that waits for a lock beyond the end of the hold comes too late', async () => {
    await givenStock(database, 'n', 5);
    await here.reservations.create('n1', one('n'), 300);
    const rival = await lockLevel(database, 'n');
    const commit = there.reservations.commit('n1');
    commit.catch(() => undefined);
    await awaitBlockedSession(database);
    await waitByDatabaseClock(database, 350);
    await rival.query('rollback');
    await expect(commit).rejects.toMatchObject({ reason: 'RESERVATION_ENDED' });
    expect(await movementsOf('n1')).toEqual(['HELD', 'EXPIRED']);
  });

  it('and a sweep that stand in line together end a hold that is due once', async () => {
    await givenStock(database, 'o', 5);
    await here.reservations.create('o1', one('o'), 1);
    await waitByDatabaseClock(database, 5);
    const rival = await lockLevel(database, 'o');
    const commit = there.reservations.commit('o1');
    commit.catch(() => undefined);
    await awaitBlockedSession(database);
    const sweep = here.decisions.expireDue();
    await awaitBlockedSession(database, 2);
    await rival.query('rollback');
    await expect(commit).rejects.toMatchObject({ reason: 'RESERVATION_ENDED' });
    await sweep;
    expect(await movementsOf('o1')).toEqual(['HELD', 'EXPIRED']);
  });

  it('and expiries at two instances, many times: exactly one of the two happens to each hold', async () => {
    await givenStock(database, 'p', 1_000);
    const ids = times(200, (index) => `p${index}`);
    await Promise.all(
      ids.map((id, index) => here.reservations.create(id, one('p'), 5 + (index % 40))),
    );
    const committing = Promise.allSettled(
      ids.map(async (id, index) => {
        await waitByDatabaseClock(database, index % 40);
        return there.reservations.commit(id);
      }),
    );
    const ended = committing.then(() => true);
    const sweeping = (async () => {
      while (!(await Promise.race([ended, waitByDatabaseClock(database, 1)])))
        await here.decisions.expireDue();
    })();
    const answers = await committing;
    await sweeping;
    await waitByDatabaseClock(database, 60);
    await sweepAll(here);
    const kinds = await Promise.all(ids.map(movementsOf));
    answers.forEach(({ status }, index) => {
      const last = status === 'fulfilled' ? 'COMMITTED' : 'EXPIRED';
      expect(kinds[index]).toEqual(['HELD', last]);
    });
    expect(await levelOf('p')).toMatchObject({
      reserved: 0,
      onHand: 1_000 - answers.filter(({ status }) => status === 'fulfilled').length,
    });
  });
});
