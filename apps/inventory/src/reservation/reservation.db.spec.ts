import { givenStock } from '../../../../test/harness/stock';
import { one, awaitBlockedSession } from '../../../../test/db/in-process-inventories';
import {
  database,
  here,
  levelOf,
  there,
  useTwoInventories,
} from '../../../../test/db/two-inventories-fixture';
import { times } from '../../../../test/harness/wait';

useTwoInventories();

describe('a basket', () => {
  it('is held with all lines, and its units are no longer available', async () => {
    await givenStock(database, 'a-burger', 5);
    await givenStock(database, 'a-pizza', 10);
    const reservation = await here.reservations.create('a1', [
      ...one('a-pizza', 3),
      ...one('a-burger', 2),
    ]);
    expect(reservation).toMatchObject({
      state: 'HELD',
      lines: [
        { sku: 'a-burger', quantity: 2 },
        { sku: 'a-pizza', quantity: 3 },
      ],
    });
    expect(await levelOf('a-burger')).toMatchObject({ onHand: 5, reserved: 2 });
    expect(await levelOf('a-pizza')).toMatchObject({ onHand: 10, reserved: 3 });
  });

  it('is rejected with all lines, and names every short line', async () => {
    await givenStock(database, 'b-burger', 5);
    const lines = [...one('b-burger', 3), ...one('b-burger', 3), ...one('b-unknown')];
    expect(await here.reservations.create('b1', lines)).toMatchObject({
      state: 'REJECTED',
      shortages: [
        { sku: 'b-burger', requested: 6, available: 5, reason: 'NOT_ENOUGH' },
        { sku: 'b-unknown', requested: 1, available: 0, reason: 'UNKNOWN_SKU' },
      ],
    });
    expect(await levelOf('b-burger')).toMatchObject({ onHand: 5, reserved: 0 });
  });

  it('is rejected if one line is short, and holds nothing of the others', async () => {
    await givenStock(database, 'x-burger', 5);
    await givenStock(database, 'x-pizza', 1);
    const lines = [...one('x-burger', 2), ...one('x-pizza', 2)];
    expect(await here.reservations.create('x1', lines)).toMatchObject({
      state: 'REJECTED',
      shortages: [{ sku: 'x-pizza', requested: 2, available: 1, reason: 'NOT_ENOUGH' }],
    });
    expect(await levelOf('x-burger')).toMatchObject({ onHand: 5, reserved: 0 });
  });
});

describe('a repeated request', () => {
  it('returns the recorded decision, even if the stock has changed since', async () => {
    await givenStock(database, 'c', 1);
    const first = await here.reservations.create('c1', one('c'));
    const rejected = await here.reservations.create('c2', one('c'));
    expect(await there.reservations.create('c1', one('c'))).toEqual(first);
    await here.reservations.release('c1');
    expect(await there.reservations.create('c2', one('c'))).toEqual(rejected);
    expect(await here.reservations.create('c1', one('c'))).toMatchObject({ state: 'RELEASED' });
  });

  it('with other lines is rejected', async () => {
    await givenStock(database, 'd', 5);
    await here.reservations.create('d1', one('d', 2));
    await expect(here.reservations.create('d1', one('d', 3))).rejects.toMatchObject({
      reason: 'RESERVATION_MISMATCH',
    });
    expect(await levelOf('d')).toMatchObject({ reserved: 2 });
  });

  it('holds units once if it arrives many times at two instances at the same time', async () => {
    await givenStock(database, 'e', 5);
    const results = await Promise.all(
      times(40, (index) => (index % 2 ? here : there).reservations.create('e1', one('e', 2))),
    );
    expect(new Set(results.map(({ state }) => state))).toEqual(new Set(['HELD']));
    expect(await levelOf('e')).toMatchObject({ reserved: 2 });
  });

  it('with other lines at another instance: one is recorded, the other rejected', async () => {
    await givenStock(database, 'f-left', 5);
    await givenStock(database, 'f-right', 5);
    const results = await Promise.allSettled([
      here.reservations.create('f1', one('f-left')),
      there.reservations.create('f1', one('f-right')),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { reason: 'RESERVATION_MISMATCH' },
    });
  });
});

describe('a release', () => {
  it('releases held units once', async () => {
    await givenStock(database, 'g', 5);
    await here.reservations.create('g1', one('g', 2));
    const results = await Promise.all(times(10, () => here.reservations.release('g1')));
    expect(results.every(({ state }) => state === 'RELEASED')).toBe(true);
    expect(await levelOf('g')).toMatchObject({ onHand: 5, reserved: 0 });
  });

  it('before its create leaves a tombstone, so that the create holds nothing', async () => {
    await givenStock(database, 'h', 5);
    expect(await here.reservations.release('h1')).toMatchObject({ state: 'RELEASED', lines: [] });
    expect(await there.reservations.create('h1', one('h'))).toMatchObject({ state: 'RELEASED' });
    expect(await levelOf('h')).toMatchObject({ reserved: 0 });
  });

  it('that races its create at another instance leaves nothing held', async () => {
    await givenStock(database, 'i', 100);
    await Promise.all(
      times(30, (index) =>
        Promise.all([
          here.reservations.create(`i${index}`, one('i')),
          there.reservations.release(`i${index}`),
        ]),
      ),
    );
    expect(await levelOf('i')).toMatchObject({ onHand: 100, reserved: 0 });
  });

  it('of a reservation that is inserted meanwhile releases its units, too', async () => {
    await givenStock(database, 'v', 5);
    const rival = await database.connect();
    await rival.query('begin');
    await rival.query('lock table reservation in access exclusive mode');
    const result = here.reservations.release('v1');
    await awaitBlockedSession(database);
    // The release has found no lines, so it has locked no levels. Now there are lines.
    await rival.query(`insert into reservation (id, state) values ('v1', 'HELD')`);
    await rival.query(`insert into reservation_line values ('v1', 'v', 2, null, null)`);
    await rival.query(`insert into stock_movement values ('v', 2, 'HELD', 0, 2, 5, 2, 'v1', null)`);
    await rival.query(
      `update stock_level set reserved = 2, last_seq = 2, updated_at = now() where sku = 'v'`,
    );
    await rival.query('commit');
    expect(await result).toMatchObject({ state: 'RELEASED', lines: [{ sku: 'v', quantity: 2 }] });
    expect(await levelOf('v')).toMatchObject({ onHand: 5, reserved: 0 });
  });

  it('of a rejected reservation changes nothing', async () => {
    await here.reservations.create('j1', one('j-unknown'));
    expect(await here.reservations.release('j1')).toMatchObject({ state: 'REJECTED' });
  });

  it('of a committed reservation is rejected', async () => {
    await givenStock(database, 'k', 5);
    await here.reservations.take({ sku: 'k', quantity: 2 }, 'k1');
    await expect(here.reservations.release('k1')).rejects.toMatchObject({
      reason: 'RESERVATION_ENDED',
    });
    expect(await levelOf('k')).toMatchObject({ onHand: 3, reserved: 0 });
  });
});

describe('taking units at once', () => {
  it('removes them from stock', async () => {
    await givenStock(database, 'l', 5);
    const id = await here.reservations.take({ sku: 'l', quantity: 2 });
    expect(await here.reservations.get(id)).toMatchObject({ state: 'COMMITTED' });
    expect(await levelOf('l')).toMatchObject({ onHand: 3, reserved: 0 });
  });

  it('does not record a rejection without an id, because no client can repeat it', async () => {
    const [before] = await database.query<{ count: string }>('select count(*) from reservation');
    await expect(here.reservations.take({ sku: 'm-unknown', quantity: 1 })).rejects.toMatchObject({
      reason: 'INSUFFICIENT_STOCK',
      message: 'insufficient stock',
    });
    const [after] = await database.query<{ count: string }>('select count(*) from reservation');
    expect(after).toEqual(before);
  });

  it('with an id takes them once, repeats a rejection, and rejects the id of a hold', async () => {
    await givenStock(database, 'n', 3);
    expect(await here.reservations.take({ sku: 'n', quantity: 2 }, 'n1')).toBe('n1');
    expect(await there.reservations.take({ sku: 'n', quantity: 2 }, 'n1')).toBe('n1');
    await expect(here.reservations.take({ sku: 'n', quantity: 2 }, 'n2')).rejects.toMatchObject({
      reason: 'INSUFFICIENT_STOCK',
    });
    await here.reservations.create('n3', one('n'));
    await expect(here.reservations.take({ sku: 'n', quantity: 1 }, 'n3')).rejects.toMatchObject({
      reason: 'RESERVATION_MISMATCH',
    });
    expect(await levelOf('n')).toMatchObject({ onHand: 1, reserved: 1 });
  });
});
