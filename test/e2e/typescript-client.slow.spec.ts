import {
  type AnyOrderEvent,
  isProblem,
  QuickBiteClient,
} from '../../clients/typescript/src/index.js';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';
import { givenStock } from '../harness/stock';

let cluster: ServiceCluster;
let client: QuickBiteClient;

beforeAll(async () => {
  cluster = await startCluster();
  client = new QuickBiteClient({ baseUrl: cluster.orders.url });
  await givenStock(cluster.inventoryDatabase, 'typed', 100);
});

afterAll(() => cluster.stop());

const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

const place = (quantity = 1) => client.placeOrder({ userId: 'u-typed', sku: 'typed', quantity });

it('places, reads, reduces, fulfills and cancels orders', async () => {
  const order = await client.placeOrder({
    userId: 'u-typed',
    items: [{ sku: 'typed', quantity: 3 }],
    note: null,
    externalId: 'cart-1',
    metadata: { channel: 'app' },
  });
  expect(order).toMatchObject({ status: 'CONFIRMED', items: [{ sku: 'typed', quantity: 3 }] });
  const channel: string | undefined = order.metadata?.channel;
  expect([order.externalId, channel]).toEqual(['cart-1', 'app']);
  const reduced = await client.reduceOrder(order.id, [{ sku: 'typed', quantity: 2 }]);
  expect(reduced).toMatchObject({ status: 'CONFIRMED', quantity: 2 });
  expect((await client.fulfillOrder(order.id)).status).toBe('FULFILLED');
  expect((await client.cancelOrder((await place()).id)).status).toBe('CANCELLED');
  expect(await client.getOrder(order.id)).toMatchObject({ status: 'FULFILLED' });
  expect((await client.getTimeline(order.id)).events.at(-1)?.event).toBe('FULFILLED');
  expect(await client.getStock('typed')).toMatchObject({ sku: 'typed', available: 98 });
});

it('reads all pages of a query', async () => {
  const placed = [await place(), await place(), await place()].map(({ id }) => id);
  const read: string[] = [];
  for await (const { id } of client.allOrders({ userId: 'u-typed', parked: false, limit: 1 })) {
    read.push(id);
  }
  expect(read.slice(0, 3)).toEqual(placed.reverse());
});

it('returns the same order for the same key', async () => {
  const order = { userId: 'u-typed', sku: 'typed', quantity: 1 };
  const [first, second] = [
    await client.placeOrder(order, { idempotencyKey: 'k, 1' }),
    await client.placeOrder(order, { idempotencyKey: 'k, 1' }),
  ];
  expect(second).toEqual(first);
  const error = await errorOf(
    client.placeOrder({ ...order, quantity: 2 }, { idempotencyKey: 'k, 1' }),
  );
  if (!isProblem(error, 'IDEMPOTENCY_KEY_REUSED')) throw error;
  expect(error.problem.orderId).toBe(first.id);
});

it('throws problems with their members', async () => {
  const short = await errorOf(place(1_000));
  if (!isProblem(short, 'INSUFFICIENT_STOCK')) throw short;
  expect(short.problem.shortages).toMatchObject([{ sku: 'typed', requested: 1_000 }]);

  const { id } = await place();
  await client.cancelOrder(id);
  const conflict = await errorOf(client.fulfillOrder(id));
  if (!isProblem(conflict, 'ORDER_STATE_CONFLICT')) throw conflict;
  expect(conflict.problem).toMatchObject({ orderId: id, orderStatus: 'CANCELLED', allowed: [] });

  const invalid = await errorOf(place(0));
  if (!isProblem(invalid, 'INVALID_REQUEST')) throw invalid;
  expect(invalid.problem.errors.map(({ field }) => field)).toEqual(['quantity']);
});

it('streams an order until it is finished', async () => {
  const { id } = await place();
  const events: string[] = [];
  for await (const { data } of client.streamOrderEvents(id)) {
    events.push(data.event);
    if (data.event === 'CONFIRMED') await client.fulfillOrder(id);
  }
  expect(events).toEqual(['PLACED', 'CONFIRMED', 'FULFILLING', 'FULFILLED']);
});

it('continues the stream of all orders where it was, also after a restart of Orders', async () => {
  const gone = new AbortController();
  const seen: AnyOrderEvent[] = [];
  const stream = client.streamEventsOfAllOrders({ signal: gone.signal });
  const reading = (async () => {
    for await (const { data } of stream) {
      seen.push(data);
      if (data.event === 'FULFILLED') gone.abort();
    }
  })();
  const first = await place();
  // The stream begins some time after its request, so orders are placed until it has one.
  while (seen.length === 0) await place();
  await cluster.orders.stop();
  await cluster.orders.start();
  const last = await place();
  await client.fulfillOrder(last.id);
  await reading;
  const names = (id: string) =>
    seen.filter(({ orderId }) => orderId === id).map(({ event }) => event);
  expect(first.id).not.toBe(last.id);
  expect(names(last.id)).toEqual(['PLACED', 'CONFIRMED', 'FULFILLING', 'FULFILLED']);
  expect(new Set(seen.map(({ orderId, seq }) => `${orderId} ${seq}`)).size).toBe(seen.length);
});

it('streams the stock of a SKU', async () => {
  const levels: number[] = [];
  for await (const { data } of client.streamStock(['typed'])) {
    levels.push(data.available);
    if (levels.length === 2) break;
    await place();
  }
  expect(levels[1]).toBe(Number(levels[0]) - 1);
});
