import { setTimeout as sleep } from 'node:timers/promises';
import { status as GrpcStatus } from '@grpc/grpc-js';
import { givenStock } from '../../../../test/harness/stock';
import { eventually, times } from '../../../../test/harness/wait';
import {
  fromTo,
  QUICK,
  received,
  STRICT,
  untilIdle,
  WatchServers,
} from '../../../../test/db/watch-servers';
import { SubscriptionService } from './subscription.service';

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

describe('a watch', () => {
  it('sends the level without a movement, then each movement with its level', async () => {
    await givenLevel('a');
    const watch = quick.calls.watchStock({ skus: ['a'] });
    await received(watch, 'a', 1);
    const lines = [{ sku: 'a', quantity: 2 }];
    await quick.calls.createReservation({ reservationId: 'a-1', lines, ttl: undefined });
    await quick.calls.commitReservation({ reservationId: 'a-1' });
    await received(watch, 'a', 3);
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

  it('of an unknown SKU sends known = false, then its first movement', async () => {
    const watch = quick.calls.watchStock({ skus: ['b-later'] });
    await received(watch, 'b-later', 0);
    await servers.move('b-later', 1);
    await received(watch, 'b-later', 1);
    watch.cancel();
    expect(watch.changes).toMatchObject([
      { level: { known: false, onHand: 0, seq: 0 }, movement: null },
      { level: { known: true, onHand: 1, seq: 1 }, movement: { seq: 1 } },
    ]);
  });

  it('sends a heartbeat after each interval without a change', async () => {
    await givenLevel('e');
    const watch = quick.calls.watchStock({ skus: ['e'] });
    await eventually('two heartbeats', () => watch.heartbeats >= 2);
    await servers.move('e', 1);
    await received(watch, 'e', 2);
    await eventually('another heartbeat', () => watch.heartbeats > 2);
    watch.cancel();
  });
});

describe('a resumed watch', () => {
  it('sends the movements behind each position', async () => {
    await givenLevel('c-moved');
    await givenLevel('c-still');
    await servers.move('c-moved', 100);
    const after = [
      { sku: 'c-moved', seq: 4 },
      { sku: 'c-still', seq: 1 },
    ];
    const watch = quick.calls.watchStock({ skus: ['c-still', 'c-moved'], after });
    await received(watch, 'c-moved', 101);
    watch.cancel();
    expect(watch.seqsOf('c-moved')).toEqual(fromTo(5, 101));
    expect(watch.changes.every(({ movement }) => movement)).toBe(true);
    expect(watch.seqsOf('c-still')).toEqual([]);
  });

  it('has no gap and no repeat when it has caught up', async () => {
    await givenLevel('d');
    // This watch keeps recent movements in memory for the later ones to join.
    const watches = [quick.calls.watchStock({ skus: ['d'] })];
    await received(watches, 'd', 1);
    for (let lastSeq = 1; lastSeq < 601; lastSeq += 100) {
      for (const lag of [0, 30, 150]) {
        const after = [{ sku: 'd', seq: Math.max(0, lastSeq - lag) }];
        watches.push(quick.calls.watchStock({ skus: ['d'], after }));
      }
      watches.push(quick.calls.watchStock({ skus: ['d'] }));
      await servers.move('d', 100);
    }
    await received(watches, 'd', 601);
    for (const watch of watches) {
      watch.cancel();
      const seqs = watch.seqsOf('d');
      expect(seqs).toEqual(fromTo(seqs[0] ?? 0, 601));
    }
  });
});

describe('many watchers', () => {
  it('cost one query per poll, and none after they have ended', async () => {
    await givenLevel('f');
    await untilIdle(quick.reads);
    const polls = jest.spyOn(quick.server.app.get(SubscriptionService), 'poll');
    const readsBefore = quick.reads.mock.calls.length;
    const watches = times(4, () => servers.connectTo(quick.server)).flatMap((client) =>
      times(100, () => client.watchStock({ skus: ['f'] })),
    );
    await received(watches, 'f', 1);
    await servers.move('f', 1);
    await received(watches, 'f', 2);
    const reads = quick.reads.mock.calls.length - readsBefore;
    expect(reads).toBeGreaterThan(0);
    expect(reads).toBeLessThanOrEqual(polls.mock.calls.length);
    polls.mockRestore();
    for (const watch of watches) watch.cancel();
    await untilIdle(quick.reads);
  });

  it('that cancel at any moment cost no query afterwards', async () => {
    await givenLevel('g');
    await servers.move('g', 50);
    // Node accepts 1,000 resets on a connection, and 33 a second. One more fails all of its calls.
    const client = servers.connectTo(quick.server);
    for (let round = 0; round < 10; round += 1) {
      const after = [{ sku: 'g', seq: round }];
      const watches = times(100, () => client.watchStock({ skus: ['g'], after }));
      await sleep(2 * round);
      for (const watch of watches) watch.cancel();
    }
    await untilIdle(quick.reads);
  });
});

describe('a request', () => {
  beforeAll(() => givenLevel('i'));

  it.each([
    [{ skus: [] }, 'skus must have 1 to 100 SKUs, not 0'],
    [{ skus: ['i', 'i'] }, 'skus[1] must not be repeated'],
    [{ skus: ['i'], after: [{ sku: 'i', seq: 2 }] }, 'after[0].seq must be <= 1'],
    [{ skus: ['i-new'], after: [{ sku: 'i-new', seq: 1 }] }, 'after[0].seq must be <= 0'],
    [{ skus: ['i'], after: [{ sku: 'i', seq: -1 }] }, 'after[0].seq must be >= 0'],
    [{ skus: ['i'], after: [{ sku: 'j', seq: 0 }] }, 'after[0].sku must be one of skus'],
    [{ skus: ['i'], after: [{ sku: '', seq: 0 }] }, 'after[0].sku is required'],
  ])('%j is rejected, and the error names the field', async (request, fault) => {
    const end = await quick.calls.watchStock(request).ended();
    expect(end).toMatchObject({ code: GrpcStatus.INVALID_ARGUMENT, reason: 'INVALID_REQUEST' });
    expect(end.message).toContain(fault);
  });

  it('above the limit of watchers is rejected as OVERLOADED until another watch ends', async () => {
    const watches = times(3, (index) => strict.calls.watchStock({ skus: [`k-${index}`] }));
    await eventually('three watch', () => watches.every(({ changes }) => changes.length === 1));
    const rejected = await strict.calls.watchStock({ skus: ['k-0'] }).ended();
    expect(rejected).toMatchObject({ code: GrpcStatus.RESOURCE_EXHAUSTED, reason: 'OVERLOADED' });
    watches[0]?.cancel();
    await eventually('another watch is accepted', async () => {
      const watch = strict.calls.watchStock({ skus: ['k-0'] });
      watches.push(watch);
      await eventually('it is answered', () => watch.changes.length > 0 || watch.end);
      return !watch.end;
    });
    for (const watch of watches) watch.cancel();
    await untilIdle(strict.reads);
  });

  it('above the limit of unknown SKUs is rejected as OVERLOADED, and known ones are accepted', async () => {
    const skus = times(5, (index) => `l-${index}`);
    const rejected = await strict.calls.watchStock({ skus }).ended();
    expect(rejected).toMatchObject({ code: GrpcStatus.RESOURCE_EXHAUSTED, reason: 'OVERLOADED' });
    const watch = strict.calls.watchStock({ skus: skus.slice(1) });
    await eventually('four are watched', () => watch.changes.length === 4);
    // Names that do not exist take no place of SKUs that do.
    const known = strict.calls.watchStock({ skus: ['i'] });
    await eventually('a fifth is watched', () => known.changes.length === 1);
    known.cancel();
    watch.cancel();
    await untilIdle(strict.reads);
  });
});
