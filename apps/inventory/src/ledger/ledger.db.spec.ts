import { LIMITS } from '@app/contracts';
import { ServiceError } from '@app/errors';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  lockLevel,
  one,
  waitByDatabaseClock,
  awaitBlockedSession,
} from '../../../../test/db/in-process-inventories';
import {
  database,
  here,
  there,
  useTwoInventories,
} from '../../../../test/db/two-inventories-fixture';
import { givenStock } from '../../../../test/harness/stock';
import { times } from '../../../../test/harness/wait';
import { StockRepository } from '../stock/stock.repository';
import { LedgerRepository } from '../stock/ledger.repository';

useTwoInventories();

const now = async (): Promise<Date> => {
  const [row] = await database.query<{ now: Date }>('select clock_timestamp() as now');
  if (!row) throw new Error('Postgres returned no time');
  return row.now;
};

/** Returns on hand, reserved and sequence number of each level. */
const balancesAt = async (skus: readonly string[], at: Date) =>
  (await here.pastStock.levelsAt(skus, at)).map(
    (level) => level && [level.onHand, level.reserved, level.lastSeq],
  );

const unlessOverloaded = (error: unknown): undefined => {
  if (!(error instanceof ServiceError) || error.reason !== 'OVERLOADED') throw error;
};

describe('levels at a past time', () => {
  it('are those at that time, for each SKU', async () => {
    const before = await now();
    await waitByDatabaseClock(database, 2);
    await givenStock(database, 'a', 5);
    await givenStock(database, 'b', 10);
    const atFirst = await now();
    await waitByDatabaseClock(database, 2);
    await here.reservations.create('a1', [...one('a', 2), ...one('b', 1)]);
    const held = await now();
    await waitByDatabaseClock(database, 2);
    await here.reservations.commit('a1');
    const committed = await now();
    expect(await balancesAt(['a', 'b', 'c'], before)).toEqual([undefined, undefined, undefined]);
    expect(await balancesAt(['a', 'b', 'c'], atFirst)).toEqual([[5, 0, 1], [10, 0, 1], undefined]);
    expect(await balancesAt(['b', 'a'], held)).toEqual([
      [10, 1, 2],
      [5, 2, 2],
    ]);
    expect(await balancesAt(['a', 'b'], committed)).toEqual([
      [3, 0, 3],
      [9, 0, 3],
    ]);
  });

  it('change at the exact millisecond of a movement', async () => {
    await givenStock(database, 'd', 5);
    await waitByDatabaseClock(database, 2);
    await here.reservations.create('d1', one('d'));
    const { items: movements } = await here.ledger.page({ sku: 'd', afterSeq: 1, limit: 1 });
    const at = movements[0]?.occurredAt.getTime() ?? 0;
    expect(await balancesAt(['d'], new Date(at))).toEqual([[5, 1, 2]]);
    expect(await balancesAt(['d'], new Date(at - 1))).toEqual([[5, 0, 1]]);
  });

  it('wait for a transaction that may have a movement at that time', async () => {
    await givenStock(database, 'e', 5);
    const rival = await lockLevel(database, 'e');
    await rival.query(
      `insert into stock_movement (sku, seq, kind, on_hand_delta, reserved_delta, on_hand_after,
                                   reserved_after, adjustment_id, reason, actor, occurred_at)
       values ('e', 2, 'ADJUSTED', 1, 0, 6, 0, 'e2', 'test', 'rival',
               date_trunc('milliseconds', clock_timestamp()))`,
    );
    await rival.query(`update stock_level set on_hand = 6, last_seq = 2,
                              updated_at = (select occurred_at from stock_movement
                                             where sku = 'e' and seq = 2) where sku = 'e'`);
    await waitByDatabaseClock(database, 2);
    const result = balancesAt(['e'], await now());
    expect(await Promise.race([result, sleep(200, 'waiting')])).toBe('waiting');
    await rival.query('commit');
    expect(await result).toEqual([[6, 0, 2]]);
  });

  it('wait for a transaction that inserts a new SKU', async () => {
    const rival = await database.connect();
    await rival.query('begin');
    const adjusting = [
      `select pg_advisory_xact_lock_shared(hashtextextended('quickbite.stock.new-skus', 0))`,
      `insert into stock_level (sku, on_hand, reserved, last_seq, updated_at)
       values ('h', 7, 0, 1, date_trunc('milliseconds', clock_timestamp()))`,
      `insert into stock_movement (sku, seq, kind, on_hand_delta, reserved_delta, on_hand_after,
                                   reserved_after, reason, occurred_at)
       select 'h', 1, 'ADJUSTED', 7, 0, 7, 0, 'test', updated_at from stock_level where sku = 'h'`,
    ];
    for (const statement of adjusting) await rival.query(statement);
    await waitByDatabaseClock(database, 2);
    const result = balancesAt(['h'], await now());
    expect(await Promise.race([result, sleep(200, 'waiting')])).toBe('waiting');
    await rival.query('commit');
    expect(await result).toEqual([[7, 0, 1]]);
  });

  it('are locked by an adjustment that makes a SKU known', async () => {
    const rival = await database.connect();
    await rival.query('begin');
    await rival.query(
      `select pg_advisory_xact_lock(hashtextextended('quickbite.stock.new-skus', 0))`,
    );
    const adjusted = here.adjustments.adjust({
      id: 'i1',
      sku: 'i',
      change: { delta: 1 },
      reason: 'test',
      actor: 'test',
      expectedOnHand: null,
      allowShortfall: false,
    });
    await awaitBlockedSession(database);
    await rival.query('commit');
    expect((await adjusted).level).toMatchObject({ onHand: 1 });
  });

  it('at the present millisecond are read after that millisecond', async () => {
    await givenStock(database, 'j', 5);
    const readClock = jest.spyOn(StockRepository.prototype, 'readClock');
    const readAtMs: number[] = [];
    jest.spyOn(LedgerRepository.prototype, 'levelsAt').mockImplementation(async () => {
      readAtMs.push((await now()).getTime());
      return [];
    });
    try {
      for (let round = 1; round <= 20; round += 1) {
        const at = new Date((await now()).getTime() + 1_000);
        // Requests the levels at exactly the time that the service reads.
        readClock.mockImplementationOnce(async () => {
          at.setTime((await now()).getTime());
          return new Date(at);
        });
        readClock.mockClear();
        await here.pastStock.levelsAt(['j'], at);
        // Transactions of that millisecond may have begun after the first look at the open ones.
        expect(readClock.mock.calls.length).toBeGreaterThan(1);
        expect(readAtMs.at(-1)).toBeGreaterThan(at.getTime());
      }
    } finally {
      jest.restoreAllMocks();
    }
  });

  it('before a time that was read already do not wait', async () => {
    await givenStock(database, 'l', 5);
    await waitByDatabaseClock(database, 2);
    const at = await now();
    await balancesAt(['l'], at);
    const rival = await lockLevel(database, 'l');
    expect(await balancesAt(['l'], at)).toEqual([[5, 0, 1]]);
    await rival.query('rollback');
  });

  it('lock no row: orders do not wait for 32 callers, and callers do not wait for each other', async () => {
    await givenStock(database, 'k', 100_000);
    const done = new AbortController();
    const callers = times(32, async () => {
      let calls = 0;
      while (calls === 0 || !done.signal.aborted) {
        const at = new Date((await now()).getTime() - 1);
        // The lane of reads rests while orders are decided, and rejects some.
        const levels = await here.pastStock.levelsAt(['k'], at).catch(unlessOverloaded);
        calls += levels ? 1 : 0;
      }
      return calls;
    });
    const order = await database.connect();
    for (let round = 0; round < 40; round += 1) {
      await order.query('begin');
      await order.query(`select from stock_level where sku = 'k' for update nowait`);
      await order.query('commit');
      await here.reservations.create(`k${round}`, one('k'));
    }
    done.abort();
    const calls = await Promise.all(callers);
    expect(Math.min(...calls)).toBeGreaterThan(0);
  });

  it('in the future are rejected', async () => {
    const at = new Date((await now()).getTime() + 60_000);
    await expect(here.pastStock.levelsAt(['a'], at)).rejects.toMatchObject({
      fields: [{ field: 'at', fault: 'must not be later than now' }],
    });
  });
});

describe('movements', () => {
  it('are listed page by page for a SKU, a reservation, or both', async () => {
    await givenStock(database, 'f-1', 100);
    await givenStock(database, 'f-2', 100);
    await here.reservations.create('f', [...one('f-1', 2), ...one('f-2', 3)]);
    await Promise.all(times(8, (index) => here.reservations.create(`f${index}`, one('f-1'))));
    await here.reservations.release('f');
    const first = await here.ledger.page({ sku: 'f-1', afterSeq: 0, limit: 6 });
    expect(first.items.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    const rest = await here.ledger.page({ sku: 'f-1', afterSeq: first.next ?? 0, limit: 6 });
    expect(rest.items.map(({ seq }) => seq)).toEqual([7, 8, 9, 10, 11]);
    expect(rest.next).toBeUndefined();
    const ofReservation = { reservationId: 'f', afterSeq: 0, limit: 200 };
    const { items: movements } = await here.ledger.page(ofReservation);
    expect(movements.map(({ sku, kind, reservedDelta }) => [sku, kind, reservedDelta])).toEqual([
      ['f-1', 'HELD', 2],
      ['f-1', 'RELEASED', -2],
      ['f-2', 'HELD', 3],
      ['f-2', 'RELEASED', -3],
    ]);
    const both = await here.ledger.page({ ...ofReservation, sku: 'f-2' });
    expect(both.items.map(({ sku }) => sku)).toEqual(['f-2', 'f-2']);
  });

  it('of long texts end a page early', async () => {
    const long = { reason: '😀'.repeat(100), actor: '😀'.repeat(50), allowShortfall: false };
    await Promise.all(
      times(500, (nth) =>
        here.adjustments.adjust({
          id: `l${nth}`.padEnd(128, '-'),
          sku: 'long',
          change: { delta: 1 },
          expectedOnHand: null,
          ...long,
        }),
      ),
    );
    const first = await here.ledger.page({ sku: 'long', afterSeq: 0, limit: 1_000 });
    const bytes = Buffer.byteLength(JSON.stringify(first.items));
    expect(first.items.length).toBeGreaterThan(100);
    expect(bytes).toBeLessThan(2 * LIMITS.maxPageBytes);
    expect(first.next).toBe(first.items.at(-1)?.seq);
    const rest = await here.ledger.page({ sku: 'long', afterSeq: first.next ?? 0, limit: 1_000 });
    expect([...first.items, ...rest.items].map(({ seq }) => seq)).toEqual(
      times(500, (nth) => nth + 1),
    );
  });

  it('have times that never decrease, even if many are recorded at the same time', async () => {
    await givenStock(database, 'g', 1_000);
    await Promise.all(
      times(200, (index) => (index % 2 ? here : there).reservations.create(`g${index}`, one('g'))),
    );
    const { items: movements } = await here.ledger.page({ sku: 'g', afterSeq: 0, limit: 1_000 });
    const timesMs = movements.map(({ occurredAt }) => occurredAt.getTime());
    expect(timesMs).toEqual([...timesMs].sort((a, b) => a - b));
    expect(timesMs).toHaveLength(201);
  });
});
