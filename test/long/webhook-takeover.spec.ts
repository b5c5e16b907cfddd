import { ServiceCluster } from '../harness/service-cluster';
import { givenStock } from '../harness/stock';
import { eventually, times } from '../harness/wait';
import { WebhookReceiver } from '../harness/webhook-receiver';
import { WEBHOOK_SETTINGS, WebhookFixture } from '../e2e/webhook-fixture';

const TAKEOVER_MS = 10_000;
/** Orders that are placed after each kill. */
const ORDERS_PER_KILL = 40;

let cluster: ServiceCluster;
let receiver: WebhookReceiver;
let webhookId: string;

beforeAll(async () => {
  const parkAfter = { ORDERS_WEBHOOK_PARK_AFTER_SECONDS: '600' };
  cluster = await ServiceCluster.start({ orders: 2, env: { ...WEBHOOK_SETTINGS, ...parkAfter } });
  await givenStock(cluster.inventoryDatabase, 'hook', 1_000_000);
  receiver = await WebhookReceiver.start();
  webhookId = (await new WebhookFixture(cluster).create(receiver.url)).id;
});

afterAll(async () => {
  await cluster.stop();
  await receiver.stop();
});

/** The public events of all orders, in the order of each order's timeline. */
const publicEvents = async (): Promise<Map<string, string[]>> => {
  const rows = await cluster.ordersDatabase.query<{ orderId: string; event: string }>(
    `select order_id as "orderId", event from order_event
      where event in ('PLACED', 'CONFIRMED', 'FULFILLED') order by order_id, seq`,
  );
  const events = new Map<string, string[]>();
  for (const { orderId, event } of rows) {
    const type = `order.${event.toLowerCase()}`;
    events.set(orderId, [...(events.get(orderId) ?? []), type]);
  }
  return events;
};

/** Places and fulfills orders at every instance that answers, until it is stopped. */
const startLoad = () => {
  let isStopped = false;
  let placed = 0;
  const place = async (nth: number): Promise<void> => {
    const { client } = cluster.ordersInstances[nth % 2] ?? cluster.orders;
    const order = { userId: 'u-1', sku: 'hook', quantity: 1 };
    const answer = await client.place(order).catch(() => undefined);
    if (answer?.status !== 201) return;
    placed += 1;
    await client.request(answer.body.id, 'fulfill').catch(() => undefined);
  };
  const loops = Promise.all(
    times(4, async (nth) => {
      while (!isStopped) await place(nth);
    }),
  );
  return {
    placed: () => placed,
    stop: async () => {
      isStopped = true;
      await loops;
    },
  };
};

/** Kills an instance once the webhook is served, and waits until events come again. */
const killAndRestart = async (index: number): Promise<number> => {
  const killed = cluster.ordersInstances[index];
  await killed?.stop('SIGKILL');
  const killedMs = performance.now();
  const received = receiver.accepted.length;
  await receiver.until(
    'events are delivered again',
    () => receiver.accepted.length > received,
    15_000,
  );
  const tookMs = performance.now() - killedMs;
  await killed?.start();
  return tookMs;
};

it('every event is delivered in the order of its order, although instances are killed', async () => {
  let nth = 0;
  // Some attempts fail, so that there are deliveries that wait.
  receiver.respond = () => ((nth += 1) % 10 === 0 ? 503 : 204);
  const load = startLoad();
  for (const index of [0, 1, 0, 1]) {
    const before = load.placed();
    await receiver.until('there is load', () => load.placed() > before + ORDERS_PER_KILL, 30_000);
    expect(await killAndRestart(index)).toBeLessThan(TAKEOVER_MS);
  }
  await load.stop();
  await cluster.awaitQuiescence();
  const expected = await publicEvents();
  expect(expected.size).toBeGreaterThan(4 * ORDERS_PER_KILL);
  await eventually(
    'every event was delivered',
    () => [...expected].every(([id, types]) => receiver.typesOf(id).length === types.length),
    60_000,
    200,
  );
  for (const [id, types] of expected) expect(receiver.typesOf(id)).toEqual(types);
  const cursor = `select from event_cursor join event_sequence on true
                   where name = $1 and position = last_position`;
  await eventually('the cursor is at the end', async () => {
    const rows = await cluster.ordersDatabase.query(cursor, [`webhook/${webhookId}`]);
    return rows.length === 1;
  });
}, 240_000);

it('an instance that is stopped hands over at once', async () => {
  receiver.respond = () => 204;
  const [holder, other] = cluster.ordersInstances;
  await holder?.stop();
  const stoppedMs = performance.now();
  const answer = await other?.client.place({ userId: 'u-1', sku: 'hook', quantity: 1 });
  const id = answer?.body.id ?? '';
  await receiver.until('the event is delivered', () => receiver.typesOf(id).length === 2);
  expect(performance.now() - stoppedMs).toBeLessThan(6_000);
  await holder?.start();
});
