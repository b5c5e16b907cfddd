import { EventStreamStart, type InventoryEvent } from '@app/contracts';
import type { InventoryRpc } from '../harness/inventory-client';
import type { InventoryEventStream } from '../harness/inventory-event-stream';
import { startTwoInventories } from '../harness/inventory-workloads';
import { replayStock } from '../harness/replayed-stock';
import type { ServiceCluster } from '../harness/service-cluster';
import { givenStock } from '../harness/stock';
import { eventually, times } from '../harness/wait';

const SKUS = ['e-1', 'e-2', 'e-3'];
const OLDEST = { from: EventStreamStart.EVENT_STREAM_START_OLDEST };

let cluster: ServiceCluster;
/** Clients of two processes on one database. */
let clients: readonly InventoryRpc[];

beforeAll(async () => {
  cluster = await startTwoInventories();
  clients = [cluster.inventoryClientOf(0), cluster.inventoryClientOf(1)];
  await givenStock(cluster.inventoryDatabase, SKUS, 100_000);
});

afterAll(() => cluster.stop());

const clientOf = (index: number): InventoryRpc => {
  const client = clients[index % clients.length];
  if (!client) throw new Error('There is no client');
  return client;
};

let writes = 0;

/** Holds, reduces, commits, releases and adjusts at both processes concurrently. */
const write = async (): Promise<void> => {
  await Promise.all(
    times(20, async (index) => {
      const at = clientOf(index);
      const reservationId = `write-${(writes += 1)}`;
      const lines = SKUS.slice(index % 3).map((sku) => ({ sku, quantity: 2 }));
      await at.createReservation({ reservationId, lines, ttl: undefined });
      if (index % 4 === 0) await at.commitReservation({ reservationId });
      if (index % 4 === 1) await at.releaseReservation({ reservationId });
      if (index % 4 === 2) {
        await at.reduceReservation({ reservationId, lines: [{ sku: 'e-3', quantity: 1 }] });
      }
      if (index % 4 === 3) {
        await at.adjustStock({
          adjustmentId: reservationId,
          sku: SKUS[index % 3] ?? '',
          delta: 1,
          reason: 'test',
          actor: 'test',
          allowShortfall: false,
        });
      }
    }),
  );
};

const replayed = (events: readonly InventoryEvent[]) =>
  replayStock(
    events.map(({ type, reservation, adjusted }) => ({
      type,
      ...(reservation && { items: reservation.lines, wasHeld: reservation.wasHeld }),
      ...adjusted,
    })),
  );

const levels = async () => {
  const rows = await cluster.inventoryDatabase.query<{ sku: string; level: string }>(
    `select sku, on_hand || ' / ' || reserved as level from stock_level order by sku`,
  );
  return Object.fromEntries(rows.map(({ sku, level }) => [sku, level]));
};

const leadsToTheLevels = (events: () => readonly InventoryEvent[]) =>
  eventually('the events lead to the levels', async () => {
    const [expected, found] = [await levels(), replayed(events())];
    return JSON.stringify(expected) === JSON.stringify(found);
  });

it('every stream has the same events, which lead to the levels, at both instances', async () => {
  const streams = [clientOf(0), clientOf(1), clientOf(0)].map((at) => at.streamEvents(OLDEST));
  for (let round = 0; round < 5; round += 1) await write();
  for (const stream of streams) await leadsToTheLevels(() => stream.events);
  for (const stream of streams) {
    expect(stream.ids).toEqual(streams[0]?.ids);
    expect(new Set(stream.ids).size).toBe(stream.ids.length);
    stream.cancel();
  }
});

it('a stream that resumes at the other instance, also after a kill, misses and repeats nothing', async () => {
  const hops: InventoryEventStream[] = [];
  const writing = { isDone: false };
  const hopping = (async () => {
    let next: Parameters<InventoryRpc['streamEvents']>[0] = OLDEST;
    for (let hop = 0; !writing.isDone; hop += 1) {
      const stream = clientOf(hop).streamEvents(next);
      hops.push(stream);
      await eventually(
        'it has some events, or ends',
        () => stream.events.length > 15 || stream.end !== undefined || writing.isDone,
      );
      stream.cancel();
      await stream.ended();
      if (stream.position !== undefined) next = { after: stream.position };
    }
    return next;
  })();
  for (let round = 0; round < 10; round += 1) {
    if (round !== 4) await write();
    else {
      await Promise.all([write().catch(() => undefined), cluster.inventory.stop('SIGKILL')]);
      await cluster.inventory.start();
    }
  }
  writing.isDone = true;
  const last = clientOf(1).streamEvents(await hopping);
  hops.push(last);
  const events = () => hops.flatMap((stream) => stream.events);
  await leadsToTheLevels(events);
  last.cancel();
  const ids = events().map(({ eventId }) => eventId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(hops.length).toBeGreaterThan(5);
});
