import { status as GrpcStatus } from '@grpc/grpc-js';
import type { InventoryRpc } from '../harness/inventory-client';
import { startTwoInventories } from '../harness/inventory-workloads';
import type { ServiceCluster } from '../harness/service-cluster';
import { givenStock } from '../harness/stock';
import type { StockWatch } from '../harness/stock-watch';
import { eventually, times } from '../harness/wait';

const SKUS = ['w-1', 'w-2', 'w-3'];

let cluster: ServiceCluster;
/** Clients of two processes on one database. */
let one: InventoryRpc;
let other: InventoryRpc;

beforeAll(async () => {
  cluster = await startTwoInventories();
  [one, other] = [cluster.inventoryClientOf(0), cluster.inventoryClientOf(1)];
  await givenStock(cluster.inventoryDatabase, SKUS, 100_000);
});

afterAll(() => cluster.stop());

let writes = 0;

/** Holds, commits, releases and adjusts at both processes concurrently. */
const write = async (): Promise<void> => {
  await Promise.all(
    times(20, async (index) => {
      const at = index % 2 ? one : other;
      const reservationId = `write-${(writes += 1)}`;
      const lines = SKUS.slice(index % 3).map((sku) => ({ sku, quantity: 1 }));
      await at.createReservation({ reservationId, lines, ttl: undefined });
      if (index % 4 === 0) await at.commitReservation({ reservationId });
      else if (index % 4 === 1) await at.releaseReservation({ reservationId });
      else
        await at.adjustStock({
          adjustmentId: reservationId,
          sku: SKUS[index % 3] ?? '',
          delta: 1,
          reason: 'test',
          actor: 'test',
          allowShortfall: false,
        });
    }),
  );
};

interface LedgerRow {
  readonly sku: string;
  readonly seq: number;
  readonly onHand: number;
  readonly reserved: number;
}

/** The ledger after the first movements, which created the stock. */
const ledger = (): Promise<LedgerRow[]> =>
  cluster.inventoryDatabase.query(
    `select sku, seq::int, on_hand_after as "onHand", reserved_after as reserved
       from stock_movement where seq > 1 order by sku, seq`,
  );

const movementsIn = (watches: readonly StockWatch[]) =>
  SKUS.flatMap((sku) => watches.flatMap((watch) => watch.of(sku)))
    .filter(({ movement }) => movement)
    .map(({ level }) => ({
      sku: level?.sku,
      seq: level?.seq,
      onHand: level?.onHand,
      reserved: level?.reserved,
    }));

it('every watcher gets each movement of two writing instances once and in order', async () => {
  const watches = [one, other].flatMap((at) => times(5, () => at.watchStock({ skus: SKUS })));
  await eventually('all watches have started', () =>
    watches.every(({ changes }) => changes.length === 3),
  );
  for (let round = 0; round < 10; round += 1) await write();
  const expected = await ledger();
  await eventually('all movements have arrived', () =>
    watches.every(({ changes }) => changes.length === 3 + expected.length),
  );
  for (const watch of watches) {
    expect(movementsIn([watch])).toEqual(expected);
    watch.cancel();
  }
});

it('a watcher that switches between instances gets each movement once and in order', async () => {
  const first = one.watchStock({ skus: SKUS });
  await eventually('it has begun', () => first.changes.length === 3);
  const begin = first.positions(SKUS);
  first.cancel();
  const hops: StockWatch[] = [];
  const writing = { isDone: false };
  const hopping = (async () => {
    let after = begin;
    while (!writing.isDone) {
      const at = hops.length % 2 ? one : other;
      const watch = at.watchStock({ skus: SKUS, after });
      hops.push(watch);
      await eventually('it is told a little', () => watch.changes.length > 20 || writing.isDone);
      watch.cancel();
      // A cancelled watch may still read messages that arrived before. Its position is known after them.
      await watch.ended();
      after = after.map(({ sku, seq }) => watch.positions([sku])[0] ?? { sku, seq });
    }
    return after;
  })();
  const enough = (): boolean => hops.length > 5;
  for (let round = 0; round < 10 || (round < 200 && !enough()); round += 1) await write();
  writing.isDone = true;
  const after = await hopping;
  const last = one.watchStock({ skus: SKUS, after });
  const begun = new Map(begin.map(({ sku, seq }) => [sku, seq]));
  const expected = (await ledger()).filter(({ sku, seq }) => seq > (begun.get(sku) ?? 0));
  const all = [...hops, last];
  await eventually(
    'the other movements have arrived',
    () => movementsIn(all).length >= expected.length,
  );
  last.cancel();
  expect(movementsIn(all)).toEqual(expected);
  expect(hops.length).toBeGreaterThan(5);
});

it('SIGTERM with 100 watchers: each gets its positions to resume, and the process exits with 0', async () => {
  const leaving = await cluster.addInventory();
  await leaving.start();
  const client = cluster.inventoryClientOf(2);
  const watches = times(100, () => client.watchStock({ skus: SKUS }));
  await eventually('all watches have started', () =>
    watches.every(({ changes }) => changes.length === 3),
  );
  const [code] = await Promise.all([leaving.stop('SIGTERM'), write()]);
  expect(code).toBe(0);
  const ends = await Promise.all(watches.map((watch) => watch.ended()));
  for (const [index, end] of ends.entries()) {
    expect(end).toMatchObject({ code: GrpcStatus.UNAVAILABLE, reason: 'SHUTTING_DOWN' });
    expect(end.positions).toEqual(watches[index]?.positions(SKUS));
  }
  const [end] = ends;
  const resumed = one.watchStock({ skus: SKUS, after: [...(end?.positions ?? [])] });
  const expected = (await ledger()).filter(
    ({ sku, seq }) => seq > (end?.positions.find((position) => position.sku === sku)?.seq ?? 0),
  );
  await eventually(
    'the other movements have arrived',
    () => resumed.changes.length >= expected.length,
  );
  resumed.cancel();
  expect(movementsIn([resumed])).toEqual(expected);
});
