import { setTimeout as sleep } from 'node:timers/promises';
import { status as GrpcStatus } from '@grpc/grpc-js';
import { givenStock } from '../../../../test/harness/stock';
import { type InventoryServer, inventoryServer } from '../../../../test/db/inventory-server';
import { eventually } from '../../../../test/harness/wait';
import {
  fromTo,
  QUICK,
  received,
  STRICT,
  untilIdle,
  WatchServers,
} from '../../../../test/db/watch-servers';

type Server = Awaited<ReturnType<WatchServers['add']>>;

let servers: WatchServers;
let quick: Server;
let strict: Server;

beforeAll(async () => {
  servers = await WatchServers.start();
  quick = await servers.add(QUICK);
  strict = await servers.add(STRICT);
});

afterAll(() => servers.stop());

const givenLevel = (sku: string) => givenStock(servers.database, sku, 5);

describe('a reader that stops reading', () => {
  it('ends with WATCH_TOO_SLOW, and misses nothing when it resumes', async () => {
    await givenLevel('h');
    const healthy = quick.calls.watchStock({ skus: ['h'] });
    // The strict server ends its watch by time; the quick server, because movements are evicted.
    const slow = [strict, quick].map(({ calls }) => calls.watchStock({ skus: ['h'] }));
    await received([healthy, ...slow], 'h', 1);
    for (const watch of slow) watch.pause();
    for (let lastSeq = 1; lastSeq < 4_001; lastSeq += 500) {
      await servers.move('h', 500);
      await received(healthy, 'h', lastSeq + 500);
    }
    expect(healthy.seqsOf('h')).toEqual(fromTo(1, 4_001));
    healthy.cancel();
    // The strict server has ended the watch before the reader reads on.
    await untilIdle(strict.reads);

    for (const watch of slow) {
      watch.resume();
      const end = await watch.ended();
      expect(end).toMatchObject({
        // First, so that a failure prints the message that was received instead.
        message: expect.stringContaining('faster than this watcher reads') as string,
        code: GrpcStatus.RESOURCE_EXHAUSTED,
        reason: 'WATCH_TOO_SLOW',
      });
      expect(end.positions).toEqual(watch.positions(['h']));
      const seqs = watch.seqsOf('h');
      expect(seqs).toEqual(fromTo(1, seqs.length));
      // These were on the wire: flow control lets about 64 kB out unread, and as many wait to be
      // sent (16 kB before Node 22).
      expect(seqs.length).toBeLessThan(2_000);
      const resumed = quick.calls.watchStock({ skus: ['h'], after: [...end.positions] });
      await received(resumed, 'h', 4_001);
      expect(resumed.seqsOf('h')).toEqual(fromTo(seqs.length + 1, 4_001));
      resumed.cancel();
    }
  });

  it('is disconnected after closeTimeoutMs, so that another can watch', async () => {
    const settings = { ...STRICT, maxWatchers: 1, closeTimeoutMs: 300 };
    const { calls } = await servers.add(settings);
    await givenLevel('q');
    const stuck = calls.watchStock({ skus: ['q'] });
    await received([stuck], 'q', 1);
    stuck.pause();
    await servers.move('q', 3_000);
    await eventually('another watch is accepted', async () => {
      const watch = calls.watchStock({ skus: ['q'] });
      await eventually('it is answered', () => watch.changes.length > 0 || watch.end);
      watch.cancel();
      return !watch.end;
    });
  });
});

describe('a database outage', () => {
  it('is survived within outageToleranceMs; after that the watch ends and can resume', async () => {
    await givenLevel('m');
    const tolerant = quick.calls.watchStock({ skus: ['m'] });
    const intolerant = strict.calls.watchStock({ skus: ['m'] });
    await received([tolerant, intolerant], 'm', 1);
    await servers.database.allowConnections(false);
    const end = await intolerant.ended();
    expect(end).toMatchObject({ code: GrpcStatus.UNAVAILABLE, reason: 'DATABASE_UNAVAILABLE' });
    expect(end.positions).toMatchObject([{ sku: 'm', seq: 1 }]);
    const rejected = await strict.calls.watchStock({ skus: ['m'] }).ended();
    expect(rejected).toMatchObject({ reason: 'DATABASE_UNAVAILABLE' });

    await servers.database.allowConnections(true);
    await eventually('Inventory can write again', () =>
      servers.move('m', 1).then(
        () => true,
        () => false,
      ),
    );
    const { levels } = await quick.calls.getStock({ skus: ['m'] });
    const last = levels[0]?.seq ?? 0;
    await received(tolerant, 'm', last);
    expect(tolerant.seqsOf('m')).toEqual(fromTo(1, last));
    const resumed = quick.calls.watchStock({ skus: ['m'], after: [...end.positions] });
    await received(resumed, 'm', last);
    expect(resumed.seqsOf('m')).toEqual(fromTo(2, last));
    tolerant.cancel();
    resumed.cancel();
  });
});

/** A reader that does not read would make it wait forever. A busy machine needs several seconds. */
const STOP_TIMEOUT_MS = 20_000;

describe('an instance that shuts down', () => {
  const shuttingDown = { code: GrpcStatus.UNAVAILABLE, reason: 'SHUTTING_DOWN' };

  const stopsInTime = async (server: InventoryServer): Promise<boolean> =>
    Promise.race([server.stop().then(() => true), sleep(STOP_TIMEOUT_MS, false, { ref: false })]);

  it('ends its watches, and does not wait for a reader that does not read', async () => {
    await givenLevel('n');
    await servers.move('n', 3_000);
    const { server, calls, reads } = await servers.add({ ...QUICK, shutdownTimeoutMs: 300 });
    const stuck = calls.watchStock({ skus: ['n'], after: [{ sku: 'n', seq: 0 }] });
    stuck.pause();
    // The stuck reader is full: no further page is read for it, although most are still to come.
    await eventually('pages are read', () => reads.mock.calls.length > 5);
    await untilIdle(reads, QUICK.maxPageMovements);
    const healthy = calls.watchStock({ skus: ['n'] });
    await received(healthy, 'n', 3_001);
    expect(await stopsInTime(server)).toBe(true);
    const positions = [{ sku: 'n', seq: 3_001 }];
    expect(await healthy.ended()).toMatchObject({ ...shuttingDown, positions });
    stuck.resume();
    expect(await stuck.ended()).toMatchObject({ code: GrpcStatus.UNAVAILABLE });
  });

  it('ends a watch that has not started yet', async () => {
    const { database } = servers;
    const server = await inventoryServer(database.url, QUICK);
    const client = servers.connectTo(server);
    const rival = await database.connect();
    await rival.query('begin');
    await rival.query('lock table stock_level in access exclusive mode');
    const watch = client.watchStock({ skus: ['o'] });
    await eventually('it waits for its level', async () => {
      const waiting = await database.query(
        `select from pg_stat_activity where datname = current_database()
            and wait_event_type = 'Lock' and query like '%where l.sku = any($1)%'`,
      );
      return waiting.length > 0;
    });
    const stopped = stopsInTime(server);
    await rival.query('commit');
    expect(await watch.ended()).toMatchObject(shuttingDown);
    expect(await stopped).toBe(true);
  });
});
