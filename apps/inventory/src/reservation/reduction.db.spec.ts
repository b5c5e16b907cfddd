import type { LineDto } from '@app/contracts';
import {
  awaitBlockedSession,
  lockLevel,
  one,
  waitByDatabaseClock,
} from '../../../../test/db/in-process-inventories';
import {
  database,
  here,
  levelOf,
  there,
  useTwoInventories,
} from '../../../../test/db/two-inventories-fixture';
import { movementKinds } from '../../../../test/db/holds';
import { givenStock } from '../../../../test/harness/stock';
import { times } from '../../../../test/harness/wait';

useTwoInventories();

const movementsOf = async (reservationId: string): Promise<string[]> => {
  const { items } = await here.ledger.page({ reservationId, afterSeq: 0, limit: 1_000 });
  return items.map(
    ({ sku, kind, onHandDelta, reservedDelta }) =>
      `${sku} ${kind}(${onHandDelta},${reservedDelta})`,
  );
};

/** The lines as an instance of the version before reads them. */
const linesInTable = (id: string) =>
  database.query<LineDto>(
    'select sku, quantity from reservation_line where reservation_id = $1 order by sku',
    [id],
  );

it('returns the units beyond those to keep, at once, and keeps the ledger complete', async () => {
  await givenStock(database, 'a-1', 5);
  await givenStock(database, 'a-2', 2);
  const held = [...one('a-1', 5), ...one('a-2', 2)];
  await here.reservations.create('a', held);
  const reduced = await there.reservations.reduce('a', one('a-1', 2));
  expect(reduced).toMatchObject({ state: 'HELD', lines: one('a-1', 2), heldLines: held });
  expect(
    await here.reservations.create('a-other', [...one('a-1', 3), ...one('a-2', 2)]),
  ).toMatchObject({ state: 'HELD' });
  expect(await linesInTable('a')).toEqual(one('a-1', 2));
  await here.reservations.commit('a');
  expect(await movementsOf('a')).toEqual([
    'a-1 HELD(0,5)',
    'a-1 RELEASED(0,-3)',
    'a-1 COMMITTED(-2,-2)',
    'a-2 HELD(0,2)',
    'a-2 RELEASED(0,-2)',
  ]);
  expect(await here.reservations.get('a')).toMatchObject({
    state: 'COMMITTED',
    lines: one('a-1', 2),
    heldLines: held,
  });
});

it('has no effect when it is repeated, or arrives after a later one', async () => {
  await givenStock(database, 'b', 9);
  await here.reservations.create('b1', one('b', 9));
  for (const units of [6, 6, 3, 6, 9, 3]) {
    const { lines } = await there.reservations.reduce('b1', one('b', units));
    expect(lines[0]?.quantity).toBeLessThanOrEqual(units);
  }
  expect(await movementKinds(here, 'b1')).toEqual(['HELD', 'RELEASED', 'RELEASED']);
  expect(await levelOf('b')).toMatchObject({ reserved: 3 });
});

it('reductions at two instances at the same time end with the fewest units', async () => {
  await givenStock(database, 'c', 400);
  const ids = times(20, (index) => `c${index}`);
  await Promise.all(ids.map((id) => here.reservations.create(id, one('c', 20))));
  await Promise.all(
    ids.flatMap((id) =>
      [12, 5, 17].map((units, index) =>
        (index % 2 ? here : there).reservations.reduce(id, one('c', units)),
      ),
    ),
  );
  for (const id of ids) expect(await linesInTable(id)).toEqual(one('c', 5));
  expect(await levelOf('c')).toMatchObject({ reserved: 100 });
});

it('races a commit: the units that leave are those of the hold at that time', async () => {
  await givenStock(database, 'd', 1_000);
  const ids = times(60, (index) => `d${index}`);
  await Promise.all(ids.map((id) => here.reservations.create(id, one('d', 3))));
  const results = await Promise.allSettled(
    ids.flatMap((id, index) => [
      (index % 2 ? here : there).reservations.reduce(id, one('d', 1)),
      (index % 2 ? there : here).reservations.commit(id),
    ]),
  );
  const left = await Promise.all(ids.map((id) => here.reservations.get(id)));
  const units = left.reduce((sum, { lines }) => sum + (lines[0]?.quantity ?? 0), 0);
  expect(await levelOf('d')).toMatchObject({ onHand: 1_000 - units, reserved: 0 });
  for (const result of results)
    if (result.status === 'rejected')
      expect(result.reason).toMatchObject({ reason: 'RESERVATION_ENDED' });
});

it('waits for the lock on the level, and decides on what another transaction left', async () => {
  await givenStock(database, 'e', 5);
  await here.reservations.create('e1', one('e', 5));
  const rival = await lockLevel(database, 'e');
  const release = here.reservations.release('e1');
  await awaitBlockedSession(database);
  const reduce = there.reservations.reduce('e1', one('e', 2));
  reduce.catch(() => undefined);
  await awaitBlockedSession(database, 2);
  await rival.query('rollback');
  await release;
  await expect(reduce).rejects.toMatchObject({ reason: 'RESERVATION_ENDED' });
  expect(await levelOf('e')).toMatchObject({ reserved: 0 });
});

it('is decided in one group with its hold and with its end', async () => {
  await givenStock(database, 'f', 10);
  const rival = await lockLevel(database, 'f');
  const first = here.reservations.create('f-first', one('f'));
  await awaitBlockedSession(database);
  const group = Promise.all([
    here.reservations.create('f1', one('f', 6), 3_600_000),
    here.reservations.reduce('f1', one('f', 4)),
    here.reservations.reduce('f1', one('f', 3)),
    here.reservations.release('f1'),
    here.reservations.create('f2', one('f', 8)),
    here.reservations.reduce('f2', one('f', 7)),
  ]);
  await rival.query('rollback');
  await Promise.all([first, group]);
  expect(await movementsOf('f1')).toEqual([
    'f HELD(0,6)',
    'f RELEASED(0,-2)',
    'f RELEASED(0,-1)',
    'f RELEASED(0,-3)',
  ]);
  expect(await here.reservations.get('f2')).toMatchObject({ state: 'HELD', lines: one('f', 7) });
  expect(await levelOf('f')).toMatchObject({ reserved: 8 });
});

it('does not reduce a hold that has expired', async () => {
  await givenStock(database, 'g', 5);
  await here.reservations.create('g1', one('g', 5), 1);
  await waitByDatabaseClock(database, 5);
  await expect(here.reservations.reduce('g1', one('g', 2))).rejects.toMatchObject({
    reason: 'RESERVATION_ENDED',
  });
  expect(await movementsOf('g1')).toEqual(['g HELD(0,5)', 'g EXPIRED(0,-5)']);
});

it('a hold with a ttl keeps it, and what is left expires', async () => {
  await givenStock(database, 'h', 5);
  await here.reservations.create('h1', one('h', 5), 300);
  await here.reservations.reduce('h1', one('h', 2));
  await waitByDatabaseClock(database, 310);
  expect(await here.reservations.create('h2', one('h', 5))).toMatchObject({ state: 'HELD' });
  expect(await movementsOf('h1')).toEqual(['h HELD(0,5)', 'h RELEASED(0,-3)', 'h EXPIRED(0,-2)']);
});

it('a repeated create names the basket as it was held, and nothing else', async () => {
  await givenStock(database, 'i', 5);
  await here.reservations.create('i1', one('i', 5));
  await here.reservations.reduce('i1', one('i', 2));
  await here.reservations.reduce('i1', one('i'));
  expect(await there.reservations.create('i1', one('i', 5))).toMatchObject({
    state: 'HELD',
    lines: one('i'),
    heldLines: one('i', 5),
  });
  for (const units of [1, 2, 4])
    await expect(there.reservations.create('i1', one('i', units))).rejects.toMatchObject({
      reason: 'RESERVATION_MISMATCH',
    });
});

it('a hold is reduced five times at most; repeats do not count', async () => {
  await givenStock(database, 'j', 9);
  await here.reservations.create('j1', one('j', 9));
  for (const units of [8, 7, 7, 6, 5, 8, 4]) await here.reservations.reduce('j1', one('j', units));
  await expect(here.reservations.reduce('j1', one('j', 3))).rejects.toMatchObject({
    reason: 'REDUCED_TOO_OFTEN',
  });
  expect(await here.reservations.reduce('j1', one('j', 4))).toMatchObject({ lines: one('j', 4) });
  expect(await levelOf('j')).toMatchObject({ reserved: 4 });
});

beforeAll(() => givenStock(database, 'k', 8));

it.each([
  ['more than was held', one('k', 5), 'QUANTITY_INCREASED'],
  ['a SKU that was not held', [...one('k'), ...one('k-other')], 'QUANTITY_INCREASED'],
])('rejects %s, and changes nothing', async (_what, kept, reason) => {
  const id = `k-${reason}-${kept.length}`;
  await here.reservations.create(id, one('k', 4));
  await expect(here.reservations.reduce(id, kept)).rejects.toMatchObject({ reason });
  expect(await linesInTable(id)).toEqual(one('k', 4));
  await here.reservations.release(id);
});

it('the list of unmet reservations has the units that are left', async () => {
  await givenStock(database, 'l', 9);
  await here.reservations.create('l-old', one('l', 5));
  await here.reservations.create('l-young', one('l', 4));
  await here.reservations.reduce('l-young', one('l', 2));
  const { unmet } = await here.adjustments.adjust({
    id: 'l-loss',
    sku: 'l',
    change: { setOnHand: 4 },
    reason: 'count',
    actor: 'ann',
    expectedOnHand: null,
    allowShortfall: true,
  });
  expect(unmet.map(({ id, quantity }) => [id, quantity])).toEqual([
    ['l-young', 2],
    ['l-old', 5],
  ]);
});

it('all movements of a reservation fit in one page', async () => {
  const skus = times(100, (index) => `m-${String(index).padStart(3, '0')}`);
  await givenStock(database, skus, 7);
  const basket = (units: number) => skus.map((sku) => ({ sku, quantity: units }));
  await here.reservations.create('m', basket(7));
  for (const units of [6, 5, 4, 3, 2]) await here.reservations.reduce('m', basket(units));
  await here.reservations.commit('m');
  const { items, next } = await here.ledger.page({ reservationId: 'm', afterSeq: 0, limit: 700 });
  expect([items.length, next]).toEqual([700, undefined]);
});
