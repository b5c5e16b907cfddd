import { setTimeout as sleep } from 'node:timers/promises';
import { status as GrpcStatus } from '@grpc/grpc-js';
import { cloneDatabase, type TestDatabase } from '../../../../test/support/databases';
import { givenStock, type InventoryCalls, inventoryAt } from '../../../../test/support/inventory';
import { type InventoryServer, inventoryServer } from '../../../../test/support/inventory-server';
import type { StockWatch } from '../../../../test/support/stock-watch';
import { eventually, times } from '../../../../test/support/wait';
import { AdjustmentService } from '../adjustment/adjustment.service';
import { LedgerRepository } from '../stock/ledger.repository';
import type { WatchSettings } from './watch-settings';

/** Small pages and few movements kept, so that catching up and following meet often. */
const QUICK: Partial<WatchSettings> = {
  pollMs: 20,
  heartbeatMs: 200,
  maxCachedMovements: 2_000,
  maxPollMovements: 200,
  maxPageMovements: 20,
  outageToleranceMs: 60_000,
};
/** Bounds that are reached at once. */
const STRICT: Partial<WatchSettings> = {
  pollMs: 20,
  drainMs: 300,
  outageToleranceMs: 300,
  shutdownTimeoutMs: 300,
  maxWatchers: 3,
  maxSkus: 4,
};

type Pair<Item> = [Item, Item];

/** What is connected to; its watches end with it. */
const clients: InventoryCalls[] = [];

const connectTo = ({ address }: InventoryServer): InventoryCalls => {
  const client = inventoryAt(address, { 'grpc.use_local_subchannel_pool': 1 });
  clients.push(client);
  return client;
};

let database: TestDatabase;
let servers: Pair<InventoryServer>;
/** With room for everybody, over the wire. */
let calls: InventoryCalls;
/** With room for next to nobody. */
let strict: InventoryCalls;
/** Every query of the feeds and of those who catch up. */
let reads: jest.SpyInstance;
let strictReads: jest.SpyInstance;

beforeAll(async () => {
  database = await cloneDatabase('inventory');
  servers = [
    await inventoryServer(database.url, QUICK),
    await inventoryServer(database.url, STRICT),
  ];
  [calls, strict] = servers.map(connectTo) as Pair<InventoryCalls>;
  [reads, strictReads] = servers.map(({ app }) =>
    jest.spyOn(app.get(LedgerRepository), 'since'),
  ) as Pair<jest.SpyInstance>;
});

afterAll(async () => {
  for (const client of clients) client.close();
  await Promise.all(servers.map((server) => server.stop()));
  await database.drop();
});

let adjustments = 0;

/** So many movements of one SKU. */
const move = async (sku: string, count: number): Promise<void> => {
  const service = servers[0].app.get(AdjustmentService);
  await Promise.all(
    times(count, () =>
      service.adjust({
        id: `adjustment-${(adjustments += 1)}`,
        sku,
        change: { delta: 1 },
        expectedOnHand: null,
        allowShortfall: false,
        reason: 'test',
        actor: 'test',
      }),
    ),
  );
};

const fromTo = (first: number, last: number): number[] =>
  times(last - first + 1, (index) => first + index);

const told = async (watches: StockWatch | readonly StockWatch[], sku: string, seq: number) => {
  const all = [watches].flat();
  await eventually(`${sku} ${seq} is told`, () => {
    const ended = all.find(({ end }) => end);
    if (ended) throw new Error(`The watch has ended: ${JSON.stringify(ended.end)}`);
    return all.every((watch) => watch.changes.at(-1)?.level?.seq === seq);
  });
};

/** Waits until no such query has come for many rounds. */
const resting = (spy: jest.SpyInstance, ofLimit?: number) => {
  const isCounted = ([, limit]: unknown[]) => ofLimit === undefined || limit === ofLimit;
  const count = () => spy.mock.calls.filter(isCounted).length;
  return eventually('nothing more is read', async () => {
    const before = count();
    await sleep(200);
    return count() === before;
  });
};

describe('what is told', () => {
  it('is the level first, without a movement, then each movement with the level it led to', async () => {
    await givenStock(database, 'a', 5);
    const watch = calls.watchStock({ skus: ['a'] });
    await told(watch, 'a', 1);
    const lines = [{ sku: 'a', quantity: 2 }];
    await calls.createReservation({ reservationId: 'a-1', lines, ttl: undefined });
    await calls.commitReservation({ reservationId: 'a-1' });
    await told(watch, 'a', 3);
    watch.cancel();
    expect(watch.changes).toMatchObject([
      { level: { onHand: 5, reserved: 0, available: 5, known: true, seq: 1 }, movement: null },
      {
        level: { onHand: 5, reserved: 2, available: 3, known: true, seq: 2 },
        movement: { seq: 2, kind: 'STOCK_MOVEMENT_KIND_HELD', reservationId: 'a-1' },
      },
      {
        level: { onHand: 3, reserved: 0, available: 3, known: true, seq: 3 },
        movement: { seq: 3, kind: 'STOCK_MOVEMENT_KIND_COMMITTED', onHandDelta: -2 },
      },
    ]);
  });

  it('begins with "not known" for an unknown SKU, and goes on when it becomes known', async () => {
    const watch = calls.watchStock({ skus: ['b-later'] });
    await told(watch, 'b-later', 0);
    await move('b-later', 1);
    await told(watch, 'b-later', 1);
    watch.cancel();
    expect(watch.changes).toMatchObject([
      { level: { known: false, onHand: 0, seq: 0 }, movement: null },
      { level: { known: true, onHand: 1, seq: 1 }, movement: { seq: 1 } },
    ]);
  });
});

describe('a resumed watch', () => {
  it('is told what followed its position, and nothing where nothing followed', async () => {
    await givenStock(database, 'c-moved', 5);
    await givenStock(database, 'c-still', 5);
    await move('c-moved', 100);
    const after = [
      { sku: 'c-moved', seq: 4 },
      { sku: 'c-still', seq: 1 },
    ];
    const watch = calls.watchStock({ skus: ['c-still', 'c-moved'], after });
    await told(watch, 'c-moved', 101);
    watch.cancel();
    expect(watch.seqsOf('c-moved')).toEqual(fromTo(5, 101));
    expect(watch.changes.every(({ movement }) => movement)).toBe(true);
    expect(watch.seqsOf('c-still')).toEqual([]);
  });

  it('has no gap and no repeat where catching up turns into following', async () => {
    await givenStock(database, 'd', 5);
    // Somebody follows from the start, so that there is a tail to join at each attempt.
    const watches = [calls.watchStock({ skus: ['d'] })];
    await told(watches, 'd', 1);
    for (let moved = 1; moved < 601; moved += 100) {
      for (const behind of [0, 30, 150]) {
        const after = [{ sku: 'd', seq: Math.max(0, moved - behind) }];
        watches.push(calls.watchStock({ skus: ['d'], after }));
      }
      watches.push(calls.watchStock({ skus: ['d'] }));
      await move('d', 100);
    }
    await told(watches, 'd', 601);
    for (const watch of watches) {
      watch.cancel();
      const seqs = watch.seqsOf('d');
      expect(seqs).toEqual(fromTo(seqs[0] ?? 0, 601));
    }
  });
});

it('hears a heartbeat for each interval of silence', async () => {
  await givenStock(database, 'e', 5);
  const watch = calls.watchStock({ skus: ['e'] });
  await eventually('two heartbeats', () => watch.heartbeats >= 2);
  await move('e', 1);
  await told(watch, 'e', 2);
  await eventually('another heartbeat', () => watch.heartbeats > 2);
  watch.cancel();
});

describe('2,000 watchers', () => {
  it('are all told by as many queries as one would need, and leave nothing behind', async () => {
    await givenStock(database, 'f', 5);
    await resting(reads);
    const before = { reads: reads.mock.calls.length, ms: Date.now() };
    const watches = times(4, () => connectTo(servers[0])).flatMap((client) =>
      times(500, () => client.watchStock({ skus: ['f'] })),
    );
    await told(watches, 'f', 1);
    await move('f', 1);
    await told(watches, 'f', 2);
    const rounds = (Date.now() - before.ms) / (QUICK.pollMs ?? 1) + 1;
    expect(reads.mock.calls.length - before.reads).toBeLessThanOrEqual(rounds);
    for (const watch of watches) watch.cancel();
    await resting(reads);
  });

  it('that give up at any moment leave nothing behind', async () => {
    await givenStock(database, 'g', 5);
    await move('g', 50);
    // Node takes 1,000 resets on a connection, and 33 a second; one more ends all of its calls as INTERNAL.
    const client = connectTo(servers[0]);
    for (let round = 0; round < 10; round += 1) {
      const after = [{ sku: 'g', seq: round }];
      const watches = times(100, () => client.watchStock({ skus: ['g'], after }));
      await sleep(2 * round);
      for (const watch of watches) watch.cancel();
    }
    await resting(reads);
  });
});

describe('a reader that stops reading', () => {
  it('is told so; the rest is not kept for it, and resuming from where it was misses nothing', async () => {
    await givenStock(database, 'h', 5);
    const healthy = calls.watchStock({ skus: ['h'] });
    // One is given up after a while; the other has time, but what it needs is not kept so long.
    const slow = [strict, calls].map((at) => at.watchStock({ skus: ['h'] }));
    await told([healthy, ...slow], 'h', 1);
    for (const watch of slow) watch.pause();
    for (let moved = 1; moved < 4_001; moved += 500) {
      await move('h', 500);
      await told(healthy, 'h', moved + 500);
    }
    expect(healthy.seqsOf('h')).toEqual(fromTo(1, 4_001));
    healthy.cancel();
    // Its place is free before it reads on.
    await resting(strictReads);

    for (const watch of slow) {
      watch.resume();
      const end = await watch.ended();
      expect(end).toMatchObject({
        // Tells, where it fails, what came in its place.
        message: expect.stringContaining('faster than this watcher reads') as string,
        code: GrpcStatus.RESOURCE_EXHAUSTED,
        reason: 'WATCH_TOO_SLOW',
      });
      expect(end.positions).toEqual(watch.positions(['h']));
      const seqs = watch.seqsOf('h');
      expect(seqs).toEqual(fromTo(1, seqs.length));
      // What it still gets was on its way: flow control lets some 64 kB out unread, and as many wait
      // to be sent (16 kB before Node 22).
      expect(seqs.length).toBeLessThan(2_000);
      const resumed = calls.watchStock({ skus: ['h'], after: [...end.positions] });
      await told(resumed, 'h', 4_001);
      expect(resumed.seqsOf('h')).toEqual(fromTo(seqs.length + 1, 4_001));
      resumed.cancel();
    }
  });
});

it('whoever was ended and never reads so gives its place to others', async () => {
  const server = await inventoryServer(database.url, {
    ...STRICT,
    maxWatchers: 1,
    closeTimeoutMs: 300,
  });
  const client = connectTo(server);
  await givenStock(database, 'q', 5);
  const stuck = client.watchStock({ skus: ['q'] });
  await told([stuck], 'q', 1);
  stuck.pause();
  await move('q', 3_000);
  await eventually('there is room for another', async () => {
    const watch = client.watchStock({ skus: ['q'] });
    await eventually('it is answered', () => watch.changes.length > 0 || watch.end);
    watch.cancel();
    return !watch.end;
  });
  client.close();
  await server.stop();
});

describe('a request', () => {
  beforeAll(() => givenStock(database, 'i', 5));

  it.each([
    [{ skus: [] }, 'skus must have 1 to 100 SKUs, not 0'],
    [{ skus: ['i', 'i'] }, 'skus[1] must not be named before'],
    [{ skus: ['i'], after: [{ sku: 'i', seq: 2 }] }, 'after[0].seq must be <= 1'],
    [{ skus: ['i-new'], after: [{ sku: 'i-new', seq: 1 }] }, 'after[0].seq must be <= 0'],
    [{ skus: ['i'], after: [{ sku: 'i', seq: -1 }] }, 'after[0].seq must be >= 0'],
    [{ skus: ['i'], after: [{ sku: 'j', seq: 0 }] }, 'after[0].sku must be one of skus'],
    [{ skus: ['i'], after: [{ sku: '', seq: 0 }] }, 'after[0].sku is required'],
  ])('%j is refused, and the field is named', async (request, fault) => {
    const end = await calls.watchStock(request).ended();
    expect(end).toMatchObject({ code: GrpcStatus.INVALID_ARGUMENT, reason: 'INVALID_REQUEST' });
    expect(end.message).toContain(fault);
  });

  it('beyond the limit of watchers is refused as OVERLOADED, until another has ended', async () => {
    const watches = times(3, (index) => strict.watchStock({ skus: [`k-${index}`] }));
    await eventually('three watch', () => watches.every(({ changes }) => changes.length === 1));
    const refused = await strict.watchStock({ skus: ['k-0'] }).ended();
    expect(refused).toMatchObject({ code: GrpcStatus.RESOURCE_EXHAUSTED, reason: 'OVERLOADED' });
    watches[0]?.cancel();
    await eventually('there is room again', async () => {
      const watch = strict.watchStock({ skus: ['k-0'] });
      watches.push(watch);
      await eventually('it is answered', () => watch.changes.length > 0 || watch.end);
      return !watch.end;
    });
    for (const watch of watches) watch.cancel();
    await resting(strictReads);
  });

  it('beyond the limit of SKUs is refused as OVERLOADED', async () => {
    const skus = times(5, (index) => `l-${index}`);
    const refused = await strict.watchStock({ skus }).ended();
    expect(refused).toMatchObject({ code: GrpcStatus.RESOURCE_EXHAUSTED, reason: 'OVERLOADED' });
    const watch = strict.watchStock({ skus: skus.slice(1) });
    await eventually('four are watched', () => watch.changes.length === 4);
    watch.cancel();
    await resting(strictReads);
  });
});

it('the database is lost: who waits for it goes on without a gap, who does not resumes there', async () => {
  await givenStock(database, 'm', 5);
  const patient = calls.watchStock({ skus: ['m'] });
  const impatient = strict.watchStock({ skus: ['m'] });
  await told([patient, impatient], 'm', 1);
  await database.allowConnections(false);
  const end = await impatient.ended();
  expect(end).toMatchObject({ code: GrpcStatus.UNAVAILABLE, reason: 'DATABASE_UNAVAILABLE' });
  expect(end.positions).toEqual([{ sku: 'm', seq: 1 }]);
  const refused = await strict.watchStock({ skus: ['m'] }).ended();
  expect(refused).toMatchObject({ reason: 'DATABASE_UNAVAILABLE' });

  await database.allowConnections(true);
  await eventually('it can be written again', () =>
    move('m', 1).then(
      () => true,
      () => false,
    ),
  );
  const { levels } = await calls.getStock({ skus: ['m'] });
  const last = levels[0]?.seq ?? 0;
  await told(patient, 'm', last);
  expect(patient.seqsOf('m')).toEqual(fromTo(1, last));
  const resumed = calls.watchStock({ skus: ['m'], after: [...end.positions] });
  await told(resumed, 'm', last);
  expect(resumed.seqsOf('m')).toEqual(fromTo(2, last));
  patient.cancel();
  resumed.cancel();
});

describe('an instance that stops', () => {
  const shuttingDown = { code: GrpcStatus.UNAVAILABLE, reason: 'SHUTTING_DOWN' };

  const stopsInTime = async (server: InventoryServer): Promise<boolean> =>
    Promise.race([server.stop().then(() => true), sleep(5_000, false, { ref: false })]);

  it('tells its watchers, and does not wait for one that does not read', async () => {
    await givenStock(database, 'n', 5);
    await move('n', 3_000);
    const server = await inventoryServer(database.url, { ...QUICK, shutdownTimeoutMs: 300 });
    const client = connectTo(server);
    const stuck = client.watchStock({ skus: ['n'], after: [{ sku: 'n', seq: 0 }] });
    const pages = jest.spyOn(server.app.get(LedgerRepository), 'since');
    stuck.pause();
    // It has begun, and is full: no page is read for it any more, though most are still to come.
    await eventually('pages are read', () => pages.mock.calls.length > 5);
    await resting(pages, QUICK.maxPageMovements);
    const follower = client.watchStock({ skus: ['n'] });
    await told(follower, 'n', 3_001);
    expect(await stopsInTime(server)).toBe(true);
    const positions = [{ sku: 'n', seq: 3_001 }];
    expect(await follower.ended()).toMatchObject({ ...shuttingDown, positions });
    stuck.resume();
    expect(await stuck.ended()).toMatchObject({ code: GrpcStatus.UNAVAILABLE });
  });

  it('tells one that was about to begin, too', async () => {
    const server = await inventoryServer(database.url, QUICK);
    const client = connectTo(server);
    const rival = await database.connect();
    await rival.query('begin');
    await rival.query('lock table stock_level in access exclusive mode');
    const watch = client.watchStock({ skus: ['o'] });
    await eventually('it waits for its level', async () => {
      const waiting = await database.query(
        `select from pg_stat_activity where datname = current_database()
            and wait_event_type = 'Lock' and query like '%where sku = any($1)%'`,
      );
      return waiting.length > 0;
    });
    const stopped = stopsInTime(server);
    await rival.query('commit');
    expect(await watch.ended()).toMatchObject(shuttingDown);
    expect(await stopped).toBe(true);
  });
});
