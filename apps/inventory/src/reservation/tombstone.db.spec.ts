import { uuidv7 } from 'uuidv7';
import { lockLevel, one, awaitBlockedSession } from '../../../../test/db/in-process-inventories';
import {
  database,
  here,
  there,
  useTwoInventories,
} from '../../../../test/db/two-inventories-fixture';
import { givenStock } from '../../../../test/harness/stock';

const DAY_MS = 86_400_000;
const RETENTION_MS = 30 * DAY_MS;

useTwoInventories();

/** Returns a UUIDv7 with a creation time in the past. */
const idFrom = (daysAgo: number): string => {
  const time = Math.round(Date.now() - daysAgo * DAY_MS)
    .toString(16)
    .padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}${uuidv7().slice(13)}`;
};

/** Records a tombstone whose row is as old as its id. */
const givenTombstone = async (id: string, daysAgo: number): Promise<void> => {
  await here.reservations.release(id);
  await database.query(
    `update reservation set created_at = now() - $2 * interval '1 day',
                            updated_at = now() - $2 * interval '1 day' where id = $1`,
    [id, daysAgo],
  );
};

const isRecorded = async (id: string): Promise<boolean> =>
  (await database.query('select from reservation where id = $1', [id])).length > 0;

const reasonOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'none',
    (error: unknown) => (error as { reason?: string }).reason,
  );

const pruneAll = async (retentionMs: number): Promise<void> => {
  while (await here.decisions.pruneTombstones(retentionMs)) continue;
};

it('an old tombstone is deleted, and a create with its id is rejected at every instance', async () => {
  await givenStock(database, 'a', 5);
  const old = idFrom(31);
  await givenTombstone(old, 31);
  await pruneAll(RETENTION_MS);
  expect(await isRecorded(old)).toBe(false);
  for (const { reservations } of [here, there]) {
    expect(await reasonOf(reservations.create(old, one('a')))).toBe('RESERVATION_ID_TOO_OLD');
    expect(await reasonOf(reservations.take({ sku: 'a', quantity: 1 }, old))).toBe(
      'RESERVATION_ID_TOO_OLD',
    );
  }
  expect(await here.stock.levelsOf(['a'])).toMatchObject([{ onHand: 5, reserved: 0 }]);
  expect(await here.reservations.release(old)).toMatchObject({ state: 'RELEASED' });
});

it('pruning does not wait for a tombstone that a decision has locked', async () => {
  const [locked, free] = [idFrom(41), idFrom(40)];
  for (const id of [locked, free]) await givenTombstone(id, 40);
  const decision = await database.connect();
  await decision.query('begin');
  await decision.query('select from reservation where id = $1 for update', [locked]);
  await pruneAll(RETENTION_MS);
  expect([await isRecorded(locked), await isRecorded(free)]).toEqual([true, false]);
  await decision.query('commit');
  await pruneAll(RETENTION_MS);
  expect(await isRecorded(locked)).toBe(false);
});

it('the shortest retention of any instance holds for all, even after it is set back', async () => {
  await givenStock(database, 'b', 5);
  const id = idFrom(10);
  await givenTombstone(id, 10);
  await pruneAll(5 * DAY_MS);
  await pruneAll(RETENTION_MS);
  expect(await isRecorded(id)).toBe(false);
  expect(await reasonOf(there.reservations.create(id, one('b')))).toBe('RESERVATION_ID_TOO_OLD');
});

it('a tombstone that is young or whose id has no time is kept, and so is a released hold', async () => {
  await givenStock(database, 'c', 5);
  const [young, held] = [idFrom(29), idFrom(40)];
  await database.query(`update tombstone_horizon set forgotten_before = 'epoch'`);
  await givenTombstone(young, 29);
  await givenTombstone('cart-17', 400);
  await here.reservations.create(held, one('c'));
  await here.reservations.release(held);
  // With the ledger of its SKU, whose trigger forbids it.
  await database.query(
    `set session_replication_role = replica;
     update reservation set created_at = created_at - interval '40 days',
                            updated_at = updated_at - interval '40 days' where id = '${held}';
     update stock_movement set occurred_at = occurred_at - interval '40 days' where sku = 'c';
     update stock_level set updated_at = updated_at - interval '40 days' where sku = 'c'`,
  );
  await pruneAll(RETENTION_MS);
  expect(await Promise.all([young, 'cart-17', held].map(isRecorded))).toEqual([true, true, true]);
  expect(await there.reservations.create('cart-17', one('c'))).toMatchObject({ state: 'RELEASED' });
});

it('an id with a time in the future keeps its tombstone until that time', async () => {
  const id = idFrom(-400);
  await givenTombstone(id, 31);
  await pruneAll(RETENTION_MS);
  expect(await isRecorded(id)).toBe(true);
});

it('a create that waits for a lock while its tombstone is deleted is rejected', async () => {
  await givenStock(database, 'd', 5);
  await database.query(`update tombstone_horizon set forgotten_before = 'epoch'`);
  const old = idFrom(31);
  await givenTombstone(old, 31);
  const rival = await lockLevel(database, 'd');
  const create = there.reservations.create(old, one('d'));
  create.catch(() => undefined);
  await awaitBlockedSession(database);
  await pruneAll(RETENTION_MS);
  expect(await isRecorded(old)).toBe(false);
  await rival.query('rollback');
  expect(await reasonOf(create)).toBe('RESERVATION_ID_TOO_OLD');
});

it('a release that races its create at another instance leaves nothing held', async () => {
  await givenStock(database, 'e', 5);
  const id = uuidv7();
  const rival = await lockLevel(database, 'e');
  const create = here.reservations.create(id, one('e'));
  await awaitBlockedSession(database);
  // The release finds no lines, so it locks no level and overtakes the create.
  expect(await there.reservations.release(id)).toMatchObject({ state: 'RELEASED', lines: [] });
  await rival.query('rollback');
  expect(await create).toMatchObject({ state: 'RELEASED', lines: [] });
  expect(await here.stock.levelsOf(['e'])).toMatchObject([{ reserved: 0 }]);
});
