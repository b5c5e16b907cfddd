import { givenStock } from '../../../../test/harness/stock';
import { inventoryModule } from '../../../../test/db/inventory-module';
import { lockLevel, one, awaitBlockedSession } from '../../../../test/db/in-process-inventories';
import {
  database,
  here,
  levelOf,
  there,
  useTwoInventories,
} from '../../../../test/db/two-inventories-fixture';
import { times } from '../../../../test/harness/wait';
import { ReservationService } from './reservation.service';

useTwoInventories();

describe('never oversold', () => {
  it('50 orders race for 10 units at two instances and exactly 10 win', async () => {
    await givenStock(database, 'o', 10);
    const results = await Promise.all(
      times(50, (index) => (index % 2 ? here : there).reservations.create(`o${index}`, one('o'))),
    );
    expect(results.filter(({ state }) => state === 'HELD')).toHaveLength(10);
    expect(await levelOf('o')).toMatchObject({ onHand: 10, reserved: 10 });
  });

  it('waits for the lock on the level, and decides on its new value', async () => {
    await givenStock(database, 'p', 1);
    const rival = await database.connect();
    await rival.query('begin');
    // Without a movement, so that only the lock can prevent overselling, not the key of the ledger.
    await rival.query(`update stock_level set on_hand = 0 where sku = 'p'`);
    const result = here.reservations.create('p1', one('p'));
    await awaitBlockedSession(database);
    await rival.query('commit');
    expect(await result).toMatchObject({ state: 'REJECTED', shortages: [{ available: 0 }] });
    await database.query(
      `with movement as (
         insert into stock_movement (sku, seq, kind, on_hand_delta, reserved_delta, on_hand_after,
                                     reserved_after, adjustment_id, reason, actor)
         values ('p', 2, 'ADJUSTED', -1, 0, 0, 0, 'p2', 'test', 'rival'))
       update stock_level set last_seq = 2, updated_at = now() where sku = 'p'`,
    );
  });

  it('two movements of a SKU cannot have the same sequence number', async () => {
    await givenStock(database, 'q', 5);
    await here.reservations.create('q1', one('q'));
    await expect(
      database.query(`insert into stock_movement values ('q', 2, 'HELD', 0, 1, 5, 2, 'q2', null)`),
    ).rejects.toMatchObject({ code: '23505' });
  });

  it('Postgres rejects a level below zero or below reserved', async () => {
    await givenStock(database, 'r', 5);
    await here.reservations.create('r1', one('r', 2));
    for (const change of ['on_hand = -1', 'reserved = -1', 'reserved = 6', 'on_hand = 1']) {
      await expect(
        database.query(`update stock_level set ${change} where sku = 'r'`),
      ).rejects.toMatchObject({ code: '23514' });
    }
  });
});

describe('baskets that share SKUs', () => {
  it('in reversed order at two instances never fail with a deadlock', async () => {
    await givenStock(database, 's-1', 1_000);
    await givenStock(database, 's-2', 1_000);
    const forth = [...one('s-1'), ...one('s-2')];
    const back = [...forth].reverse();
    const results = await Promise.all(
      times(200, (index) =>
        index % 2
          ? here.reservations.create(`s${index}`, forth)
          : there.reservations.create(`s${index}`, back),
      ),
    );
    expect(results.every(({ state }) => state === 'HELD')).toBe(true);
    expect(await levelOf('s-1')).toMatchObject({ reserved: 200 });
  });

  it('lock their levels in SKU order, not in the order of rows on disk', async () => {
    // Inserted in reverse order, so that a sequential scan returns t-2 first.
    await givenStock(database, 't-2', 5);
    await givenStock(database, 't-1', 5);
    const rival = await database.connect();
    await rival.query('begin');
    await rival.query(`select from stock_level where sku = 't-1' for update`);
    const result = here.reservations.create('t', [...one('t-2'), ...one('t-1')]);
    await awaitBlockedSession(database);
    // It waits for t-1, so it must not have locked t-2 yet.
    await rival.query(`select from stock_level where sku = 't-2' for update nowait`);
    await rival.query('commit');
    expect(await result).toMatchObject({ state: 'HELD' });
  });
});

it('an instance that dies during a decision leaves no part of it behind', async () => {
  await givenStock(database, 'u', 5);
  const rival = await database.connect();
  await rival.query('begin');
  await rival.query(`lock table stock_movement in exclusive mode`);
  const result = here.reservations.create('u1', one('u'));
  result.catch(() => undefined);
  await awaitBlockedSession(database);
  // The reservation is inserted by now, the movement is not. The connection dies.
  await rival.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`,
  );
  await expect(result).rejects.toMatchObject({ reason: 'DATABASE_UNAVAILABLE' });
  await rival.query('rollback');
  await expect(here.reservations.get('u1')).rejects.toMatchObject({
    reason: 'RESERVATION_NOT_FOUND',
  });
  expect(await there.reservations.create('u1', one('u'))).toMatchObject({ state: 'HELD' });
});

it('a connection with a frozen backend is discarded after one timeout, and the next call succeeds', async () => {
  await givenStock(database, 'w', 5);
  const instance = await inventoryModule(database.url, { timeoutMs: 500 });
  const service = instance.get(ReservationService);
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
  await instance.close();
});

it('a basket that Postgres rejects with an unexpected error fails alone, not with its group', async () => {
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
    const first = here.reservations.create('poison-1', one('poison'));
    await awaitBlockedSession(database);
    const group = ['poison-2', 'poison-3', 'poison-4'].map((id) =>
      here.reservations.create(id, one('poison')),
    );
    const results = Promise.allSettled([first, ...group]);
    await rival.query('rollback');
    expect(await results).toMatchObject([
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
