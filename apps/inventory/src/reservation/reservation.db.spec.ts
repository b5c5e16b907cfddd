import type { TestDatabase } from '../../../../test/harness/databases';
import { givenStock } from '../../../../test/harness/stock';
import { inventoryModule } from '../../../../test/db/inventory-module';
import {
  lockLevel,
  type InProcessInventories,
  one,
  awaitBlockedSession,
  startInProcessInventories,
} from '../../../../test/db/in-process-inventories';
import { times } from '../../../../test/harness/wait';
import { ReservationService } from './reservation.service';

let pair: InProcessInventories;
let database: TestDatabase;
let here: ReservationService;
let there: ReservationService;

beforeAll(async () => {
  pair = await startInProcessInventories();
  database = pair.database;
  [here, there] = [pair.here.reservations, pair.there.reservations];
});

afterEach(async () => {
  expect(await database.differences()).toEqual([]);
});

afterAll(() => pair.close());

const levelOf = async (sku: string) => (await pair.here.stock.levelsOf([sku]))[0];

describe('a basket', () => {
  it('is held whole, and what is held is no longer available', async () => {
    await givenStock(database, 'a-burger', 5);
    await givenStock(database, 'a-pizza', 10);
    const reservation = await here.create('a1', [...one('a-pizza', 3), ...one('a-burger', 2)]);
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

  it('is rejected whole, and names every short line', async () => {
    await givenStock(database, 'b-burger', 5);
    const lines = [...one('b-burger', 3), ...one('b-burger', 3), ...one('b-unknown')];
    expect(await here.create('b1', lines)).toMatchObject({
      state: 'REJECTED',
      shortages: [
        { sku: 'b-burger', requested: 6, available: 5, reason: 'NOT_ENOUGH' },
        { sku: 'b-unknown', requested: 1, available: 0, reason: 'UNKNOWN_SKU' },
      ],
    });
    expect(await levelOf('b-burger')).toMatchObject({ onHand: 5, reserved: 0 });
  });

  it('is rejected though only one of its lines is short, and holds nothing of the others', async () => {
    await givenStock(database, 'x-burger', 5);
    await givenStock(database, 'x-pizza', 1);
    const lines = [...one('x-burger', 2), ...one('x-pizza', 2)];
    expect(await here.create('x1', lines)).toMatchObject({
      state: 'REJECTED',
      shortages: [{ sku: 'x-pizza', requested: 2, available: 1, reason: 'NOT_ENOUGH' }],
    });
    expect(await levelOf('x-burger')).toMatchObject({ onHand: 5, reserved: 0 });
  });
});

describe('a repeated request', () => {
  it('gets the recorded decision, even when the stock has changed since', async () => {
    await givenStock(database, 'c', 1);
    const first = await here.create('c1', one('c'));
    const rejected = await here.create('c2', one('c'));
    expect(await there.create('c1', one('c'))).toEqual(first);
    await here.release('c1');
    expect(await there.create('c2', one('c'))).toEqual(rejected);
    expect(await here.create('c1', one('c'))).toMatchObject({ state: 'RELEASED' });
  });

  it('is refused when its lines differ', async () => {
    await givenStock(database, 'd', 5);
    await here.create('d1', one('d', 2));
    await expect(here.create('d1', one('d', 3))).rejects.toMatchObject({
      reason: 'RESERVATION_MISMATCH',
    });
    expect(await levelOf('d')).toMatchObject({ reserved: 2 });
  });

  it('takes units once when it arrives many times at two instances at the same moment', async () => {
    await givenStock(database, 'e', 5);
    const answers = await Promise.all(
      times(40, (index) => (index % 2 ? here : there).create('e1', one('e', 2))),
    );
    expect(new Set(answers.map(({ state }) => state))).toEqual(new Set(['HELD']));
    expect(await levelOf('e')).toMatchObject({ reserved: 2 });
  });

  it('with other lines at another instance: one is recorded, the other refused', async () => {
    await givenStock(database, 'f-left', 5);
    await givenStock(database, 'f-right', 5);
    const answers = await Promise.allSettled([
      here.create('f1', one('f-left')),
      there.create('f1', one('f-right')),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(answers.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { reason: 'RESERVATION_MISMATCH' },
    });
  });
});

describe('a release', () => {
  it('gives held units back, once', async () => {
    await givenStock(database, 'g', 5);
    await here.create('g1', one('g', 2));
    const answers = await Promise.all(times(10, () => here.release('g1')));
    expect(answers.every(({ state }) => state === 'RELEASED')).toBe(true);
    expect(await levelOf('g')).toMatchObject({ onHand: 5, reserved: 0 });
  });

  it('before its create leaves a tombstone that no late create can revive', async () => {
    await givenStock(database, 'h', 5);
    expect(await here.release('h1')).toMatchObject({ state: 'RELEASED', lines: [] });
    expect(await there.create('h1', one('h'))).toMatchObject({ state: 'RELEASED' });
    expect(await levelOf('h')).toMatchObject({ reserved: 0 });
  });

  it('racing its create at another instance leaves nothing held', async () => {
    await givenStock(database, 'i', 100);
    await Promise.all(
      times(30, (index) =>
        Promise.all([here.create(`i${index}`, one('i')), there.release(`i${index}`)]),
      ),
    );
    expect(await levelOf('i')).toMatchObject({ onHand: 100, reserved: 0 });
  });

  it('of a reservation that appears while it looks gives its units back all the same', async () => {
    await givenStock(database, 'v', 5);
    const rival = await database.connect();
    await rival.query('begin');
    await rival.query('lock table reservation in access exclusive mode');
    const answer = here.release('v1');
    await awaitBlockedSession(database);
    // It has found no lines to lock the levels of. Now there are.
    await rival.query(`insert into reservation (id, state) values ('v1', 'HELD')`);
    await rival.query(`insert into reservation_line values ('v1', 'v', 2, null, null)`);
    await rival.query(`insert into stock_movement values ('v', 2, 'HELD', 0, 2, 5, 2, 'v1', null)`);
    await rival.query(
      `update stock_level set reserved = 2, last_seq = 2, updated_at = now() where sku = 'v'`,
    );
    await rival.query('commit');
    expect(await answer).toMatchObject({ state: 'RELEASED', lines: [{ sku: 'v', quantity: 2 }] });
    expect(await levelOf('v')).toMatchObject({ onHand: 5, reserved: 0 });
  });

  it('of a rejected reservation changes nothing', async () => {
    await here.create('j1', one('j-unknown'));
    expect(await here.release('j1')).toMatchObject({ state: 'REJECTED' });
  });

  it('of what has left the stock is refused', async () => {
    await givenStock(database, 'k', 5);
    await here.take({ sku: 'k', quantity: 2 }, 'k1');
    await expect(here.release('k1')).rejects.toMatchObject({ reason: 'RESERVATION_ENDED' });
    expect(await levelOf('k')).toMatchObject({ onHand: 3, reserved: 0 });
  });
});

describe('taking at once', () => {
  it('removes the units for good', async () => {
    await givenStock(database, 'l', 5);
    const id = await here.take({ sku: 'l', quantity: 2 });
    expect(await here.get(id)).toMatchObject({ state: 'COMMITTED' });
    expect(await levelOf('l')).toMatchObject({ onHand: 3, reserved: 0 });
  });

  it('does not record a refusal that nobody could ask for again', async () => {
    const [before] = await database.query<{ count: string }>('select count(*) from reservation');
    await expect(here.take({ sku: 'm-unknown', quantity: 1 })).rejects.toMatchObject({
      reason: 'INSUFFICIENT_STOCK',
      message: 'insufficient stock',
    });
    const [after] = await database.query<{ count: string }>('select count(*) from reservation');
    expect(after).toEqual(before);
  });

  it('with an id takes once, repeats its refusal, and does not pass a hold off as taken', async () => {
    await givenStock(database, 'n', 3);
    expect(await here.take({ sku: 'n', quantity: 2 }, 'n1')).toBe('n1');
    expect(await there.take({ sku: 'n', quantity: 2 }, 'n1')).toBe('n1');
    await expect(here.take({ sku: 'n', quantity: 2 }, 'n2')).rejects.toMatchObject({
      reason: 'INSUFFICIENT_STOCK',
    });
    await here.create('n3', one('n'));
    await expect(here.take({ sku: 'n', quantity: 1 }, 'n3')).rejects.toMatchObject({
      reason: 'RESERVATION_MISMATCH',
    });
    expect(await levelOf('n')).toMatchObject({ onHand: 1, reserved: 1 });
  });
});

describe('never oversold', () => {
  it('50 orders race for 10 units at two instances and exactly 10 win', async () => {
    await givenStock(database, 'o', 10);
    const answers = await Promise.all(
      times(50, (index) => (index % 2 ? here : there).create(`o${index}`, one('o'))),
    );
    expect(answers.filter(({ state }) => state === 'HELD')).toHaveLength(10);
    expect(await levelOf('o')).toMatchObject({ onHand: 10, reserved: 10 });
  });

  it('waits for whoever holds the level, and decides on what they left', async () => {
    await givenStock(database, 'p', 1);
    const rival = await database.connect();
    await rival.query('begin');
    // Not as an instance of ours would do it: the ledger's key must not be what saves us here.
    await rival.query(`update stock_level set on_hand = 0 where sku = 'p'`);
    const answer = here.create('p1', one('p'));
    await awaitBlockedSession(database);
    await rival.query('commit');
    expect(await answer).toMatchObject({ state: 'REJECTED', shortages: [{ available: 0 }] });
    await database.query(
      `with movement as (
         insert into stock_movement (sku, seq, kind, on_hand_delta, reserved_delta, on_hand_after,
                                     reserved_after, adjustment_id, reason, actor)
         values ('p', 2, 'ADJUSTED', -1, 0, 0, 0, 'p2', 'test', 'rival'))
       update stock_level set last_seq = 2, updated_at = now() where sku = 'p'`,
    );
  });

  it('two decisions can never share a place in the ledger', async () => {
    await givenStock(database, 'q', 5);
    await here.create('q1', one('q'));
    await expect(
      database.query(`insert into stock_movement values ('q', 2, 'HELD', 0, 1, 5, 2, 'q2', null)`),
    ).rejects.toMatchObject({ code: '23505' });
  });

  it('Postgres itself refuses a level below zero or below what is reserved', async () => {
    await givenStock(database, 'r', 5);
    await here.create('r1', one('r', 2));
    for (const change of ['on_hand = -1', 'reserved = -1', 'reserved = 6', 'on_hand = 1']) {
      await expect(
        database.query(`update stock_level set ${change} where sku = 'r'`),
      ).rejects.toMatchObject({ code: '23514' });
    }
  });
});

describe('baskets that share SKUs', () => {
  it('in reversed order at two instances never end in a deadlock that a caller sees', async () => {
    await givenStock(database, 's-1', 1_000);
    await givenStock(database, 's-2', 1_000);
    const forth = [...one('s-1'), ...one('s-2')];
    const back = [...forth].reverse();
    const answers = await Promise.all(
      times(200, (index) =>
        index % 2 ? here.create(`s${index}`, forth) : there.create(`s${index}`, back),
      ),
    );
    expect(answers.every(({ state }) => state === 'HELD')).toBe(true);
    expect(await levelOf('s-1')).toMatchObject({ reserved: 200 });
  });

  it('lock their levels in SKU order, whatever the order of rows on disk', async () => {
    // Written in reverse, so that a plain scan meets t-2 first.
    await givenStock(database, 't-2', 5);
    await givenStock(database, 't-1', 5);
    const rival = await database.connect();
    await rival.query('begin');
    await rival.query(`select from stock_level where sku = 't-1' for update`);
    const answer = here.create('t', [...one('t-2'), ...one('t-1')]);
    await awaitBlockedSession(database);
    // It waits for t-1, so it must not hold t-2 yet.
    await rival.query(`select from stock_level where sku = 't-2' for update nowait`);
    await rival.query('commit');
    expect(await answer).toMatchObject({ state: 'HELD' });
  });
});

it('an instance that dies in the middle of a decision leaves nothing of it behind', async () => {
  await givenStock(database, 'u', 5);
  const rival = await database.connect();
  await rival.query('begin');
  await rival.query(`lock table stock_movement in exclusive mode`);
  const answer = here.create('u1', one('u'));
  answer.catch(() => undefined);
  await awaitBlockedSession(database);
  // The reservation is inserted by now, the movement is not. The connection dies.
  await rival.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`,
  );
  await expect(answer).rejects.toMatchObject({ reason: 'DATABASE_UNAVAILABLE' });
  await rival.query('rollback');
  await expect(here.get('u1')).rejects.toMatchObject({ reason: 'RESERVATION_NOT_FOUND' });
  expect(await there.create('u1', one('u'))).toMatchObject({ state: 'HELD' });
});

it('a connection whose backend is frozen is given up after one time-out, and the next call is served', async () => {
  await givenStock(database, 'w', 5);
  const impatient = await inventoryModule(database.url, { timeoutMs: 500 });
  const service = impatient.get(ReservationService);
  await service.create('w1', one('w'));
  const backends = await database.query<{ pid: number }>(
    `select pid from pg_stat_activity where application_name = 'test-500'`,
  );
  expect(backends.length).toBeGreaterThan(0);
  const signalAll = (signal: NodeJS.Signals) =>
    backends.forEach(({ pid }) => process.kill(pid, signal));
  signalAll('SIGSTOP');
  try {
    await expect(service.create('w2', one('w'))).rejects.toMatchObject({
      reason: 'DATABASE_UNAVAILABLE',
    });
    expect(await service.create('w2', one('w'))).toMatchObject({ state: 'HELD' });
  } finally {
    signalAll('SIGCONT');
  }
  await impatient.close();
});

it('a basket that Postgres refuses for a reason nobody foresaw fails alone, not with its group', async () => {
  await givenStock(database, 'poison', 10);
  await database.query(
    `create function poison() returns trigger language plpgsql as
       $$ begin raise exception 'not this one'; end $$`,
  );
  await database.query(
    `create trigger poison before insert on reservation for each row
       when (new.id = 'poison-3') execute function poison()`,
  );
  try {
    const rival = await lockLevel(database, 'poison');
    const first = here.create('poison-1', one('poison'));
    await awaitBlockedSession(database);
    const group = ['poison-2', 'poison-3', 'poison-4'].map((id) => here.create(id, one('poison')));
    const answers = Promise.allSettled([first, ...group]);
    await rival.query('rollback');
    expect(await answers).toMatchObject([
      { value: { id: 'poison-1', state: 'HELD' } },
      { value: { id: 'poison-2', state: 'HELD' } },
      { reason: { reason: 'INTERNAL' } },
      { value: { id: 'poison-4', state: 'HELD' } },
    ]);
    expect(await levelOf('poison')).toMatchObject({ reserved: 3 });
  } finally {
    await database.query('drop function poison cascade');
  }
});
