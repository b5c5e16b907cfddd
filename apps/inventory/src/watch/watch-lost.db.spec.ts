import { setTimeout as sleep } from 'node:timers/promises';
import { status as GrpcStatus } from '@grpc/grpc-js';
import { toDate, toTimestamp } from '@app/contracts';
import { QUICK, received, WatchServers } from '../../../../test/db/watch-servers';
import { givenStock } from '../../../../test/harness/stock';
import { eventually } from '../../../../test/harness/wait';
import { LedgerRepository } from '../stock/ledger.repository';

type Server = Awaited<ReturnType<WatchServers['add']>>;

let servers: WatchServers;
let quick: Server;
/** Checks positions only when it starts to watch, when movements follow, and after an outage. */
let seldom: Server;
let checks: jest.SpyInstance;

beforeAll(async () => {
  servers = await WatchServers.start();
  quick = await servers.add(QUICK);
  seldom = await servers.add({ ...QUICK, verifyMs: 60_000 });
  checks = jest.spyOn(seldom.server.app.get(LedgerRepository), 'findLost');
});

/** The event log still has the movements that the ledger loses. */
afterAll(() => servers.stop('broken'));

/** Stock of one movement, and one movement more. */
const givenTwoMovements = async (sku: string): Promise<void> => {
  await givenStock(servers.database, sku, 5);
  await servers.move(sku, 1);
};

/** Runs statements in one transaction, although the ledger is append-only. */
const rewrite = async (sku: string, ...statements: string[]): Promise<void> => {
  const client = await servers.database.connect();
  await client.query('begin');
  await client.query('set local session_replication_role = replica');
  for (const statement of statements) await client.query(statement, [sku]);
  await client.query('commit');
};

/** The level is what the last movement has left. */
const FIX_LEVEL = `
  update stock_level l
     set on_hand = m.on_hand_after, reserved = m.reserved_after, last_seq = m.seq,
         updated_at = m.occurred_at
    from (select * from stock_movement where sku = $1 order by seq desc limit 1) m
   where l.sku = m.sku`;

/** Loses the second movement, as a failover to a late standby does. */
const loseTail = (sku: string) =>
  rewrite(sku, 'delete from stock_movement where sku = $1 and seq > 1', FIX_LEVEL);

/** Replaces the second movement by another one with the same effect, and appends a third one. */
const replaceTail = (sku: string) =>
  rewrite(
    sku,
    `update stock_movement set occurred_at = occurred_at + interval '1 ms'
      where sku = $1 and seq = 2`,
    `insert into stock_movement (sku, seq, kind, on_hand_delta, reserved_delta, on_hand_after,
                                 reserved_after, adjustment_id, reason, actor, occurred_at)
     select sku, 3, 'ADJUSTED', 1, 0, on_hand_after + 1, 0, sku || '-3', 'test', 'test', occurred_at
       from stock_movement where sku = $1 and seq = 2`,
    FIX_LEVEL,
  );

const historyChanged = { code: GrpcStatus.FAILED_PRECONDITION, reason: 'HISTORY_CHANGED' };

describe('a watch whose last movement is lost', () => {
  it('ends with the reason, the SKU, and the positions of the other SKUs', async () => {
    await givenTwoMovements('a');
    await givenTwoMovements('b');
    const watch = quick.calls.watchStock({ skus: ['b', 'a'] });
    const other = quick.calls.watchStock({ skus: ['b'] });
    await received([watch], 'a', 2);
    const [position] = watch.positions(['a']);
    await loseTail('a');
    const end = await watch.ended();
    expect(end).toMatchObject({ ...historyChanged, skus: ['a'] });
    expect(end.positions).toEqual(watch.positions(['b']));

    const after = position ? [position] : [];
    const resumed = await quick.calls.watchStock({ skus: ['a'], after }).ended();
    expect(resumed).toMatchObject({ ...historyChanged, skus: ['a'] });
    const again = quick.calls.watchStock({ skus: ['a', 'b'], after: [...end.positions] });
    await received(again, 'a', 1);
    await servers.move('a', 1);
    await received(again, 'a', 2);
    await servers.move('b', 1);
    await received([again, other], 'b', 3);
    expect(again.seqsOf('a')).toEqual([1, 2]);
    expect(again.seqsOf('b')).toEqual([3]);
    again.cancel();
    other.cancel();
  });

  it('ends before it sends what follows another movement with the same number', async () => {
    await givenTwoMovements('c');
    const watch = seldom.calls.watchStock({ skus: ['c'] });
    await received(watch, 'c', 2);
    // This was the check at the start. The next one is due long after the test.
    await eventually('the position is checked', () => checks.mock.calls.length > 0);
    await sleep(5 * QUICK.pollMs);
    await replaceTail('c');
    expect(await watch.ended()).toMatchObject({ ...historyChanged, skus: ['c'], positions: [] });
    expect(watch.seqsOf('c')).toEqual([2]);
  });

  it('ends as soon as the database can be read again', async () => {
    await givenTwoMovements('d');
    const watch = seldom.calls.watchStock({ skus: ['d'] });
    await received(watch, 'd', 2);
    await loseTail('d');
    await sleep(10 * QUICK.pollMs);
    expect(watch.end).toBeUndefined();
    await servers.database.allowConnections(false);
    await sleep(10 * QUICK.pollMs);
    await servers.database.allowConnections(true);
    expect(await watch.ended()).toMatchObject({ ...historyChanged, skus: ['d'] });
  });
});

describe('a position with a time', () => {
  const positionOf = async (sku: string) => {
    const { levels } = await quick.calls.getStock({ skus: [sku] });
    const { seq = 0, updatedAt } = levels[0] ?? {};
    return { sku, seq, occurredAt: updatedAt };
  };

  it('is resumed if the ledger has its movement', async () => {
    await givenTwoMovements('e');
    const after = [await positionOf('e')];
    await servers.move('e', 1);
    const watch = quick.calls.watchStock({ skus: ['e'], after });
    await received(watch, 'e', 3);
    watch.cancel();
    expect(watch.seqsOf('e')).toEqual([3]);
  });

  it('is rejected with every SKU whose ledger has another movement there, or none', async () => {
    for (const sku of ['f', 'g', 'h', 'i']) await givenTwoMovements(sku);
    const [f, g, h] = [await positionOf('f'), await positionOf('g'), await positionOf('h')];
    await replaceTail('f');
    await loseTail('g');
    const unknown = { sku: 'j', seq: 1, occurredAt: toTimestamp(new Date()) };
    const after = [f, g, h, unknown];
    const end = await quick.calls.watchStock({ skus: ['f', 'g', 'h', 'i', 'j'], after }).ended();
    expect(end).toMatchObject({ ...historyChanged, skus: ['f', 'g', 'j'] });
  });

  it('before the first movement is always valid', async () => {
    await givenTwoMovements('k');
    const after = [{ sku: 'k', seq: 0, occurredAt: toTimestamp(new Date(0)) }];
    const watch = quick.calls.watchStock({ skus: ['k'], after });
    await received(watch, 'k', 2);
    watch.cancel();
    const times = watch.changes.map(({ movement }) => movement?.occurredAt ?? undefined);
    const levelTimes = watch.changes.map(({ level }) => level?.updatedAt);
    expect(levelTimes.map((time) => time && toDate(time))).toEqual(
      times.map((time) => time && toDate(time)),
    );
  });
});
