import { EventFollower } from '../harness/event-follower';
import { ServiceCluster } from '../harness/service-cluster';
import { givenStock } from '../harness/stock';
import { eventually, times } from '../harness/wait';

interface Event {
  readonly eventId: string;
  readonly type: string;
  readonly orderId: string;
  readonly userId: string;
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  readonly position: string;
}

interface EventPage {
  readonly events: readonly Event[];
  readonly next: string;
}

const PATH = '/v1/events';

let cluster: ServiceCluster;

beforeAll(async () => {
  cluster = await ServiceCluster.start({ orders: 2, env: { ORDERS_INVENTORY_TIMEOUT_MS: '5000' } });
  await givenStock(cluster.inventoryDatabase, 'logged', 10_000);
});

afterAll(() => cluster.stop());

const place = async (order: object = {}, instance = 0) => {
  const { client } = cluster.ordersInstances[instance] ?? cluster.orders;
  const { status, body } = await client.place({
    userId: 'u-1',
    sku: 'logged',
    quantity: 1,
    ...order,
  });
  return status === 409 ? String(body.orderId) : body.id;
};

const read = async (query: string, instance = 0): Promise<EventPage> => {
  const { client } = cluster.ordersInstances[instance] ?? cluster.orders;
  const { status, body } = await client.get<EventPage>(`${PATH}?${query}`);
  expect(status).toBe(200);
  return body;
};

/** Reads pages until the wanted orders have an event of this type. */
const readUntil = async (after: string, type: string, ids: readonly string[]): Promise<Event[]> => {
  const found: Event[] = [];
  await eventually(`${type} of all orders`, async () => {
    const { events, next } = await read(`after=${after}`);
    after = next;
    found.push(...events);
    return ids.every((id) => found.some((each) => each.orderId === id && each.type === type));
  });
  return found;
};

const typesOf = (events: readonly Event[], id: string) =>
  events.filter(({ orderId }) => orderId === id).map(({ type }) => type);

it('tells what happens to orders, from placing to the end', async () => {
  const { next } = await read('');
  const confirmed = await place({ externalId: 'shop-1', note: 'secret' });
  await cluster.client.request(confirmed, 'fulfill');
  const cancelled = await place({ quantity: 2 }, 1);
  await cluster.client.request(cancelled, 'cancel');
  const rejected = await place({ quantity: 99_999 });
  const changed = await place({ quantity: 3 });
  await cluster.client.send(`/v1/orders/${changed}`, {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ items: [{ sku: 'logged', quantity: 1 }] }),
  });
  const events = await readUntil(next, 'order.changed', [changed]);
  await readUntil(next, 'order.cancelled', [cancelled]);
  expect(typesOf(events, confirmed)).toEqual([
    'order.placed',
    'order.confirmed',
    'order.fulfilled',
  ]);
  expect(typesOf(events, cancelled)).toEqual([
    'order.placed',
    'order.confirmed',
    'order.cancelled',
  ]);
  expect(typesOf(events, rejected)).toEqual(['order.placed', 'order.rejected']);
  expect(typesOf(events, changed)).toEqual(['order.placed', 'order.confirmed', 'order.changed']);
  expect(JSON.stringify(events)).not.toContain('secret');
  expect(events.find(({ orderId }) => orderId === confirmed)).toMatchObject({
    eventId: `${confirmed}.1`,
    userId: 'u-1',
    externalId: 'shop-1',
    sku: 'logged',
    quantity: 1,
  });
  expect(events.filter(({ orderId }) => orderId === changed).map(({ items }) => items)).toEqual([
    [{ sku: 'logged', quantity: 3 }],
    [{ sku: 'logged', quantity: 3 }],
    [{ sku: 'logged', quantity: 1 }],
  ]);
  expect(events.find(({ type }) => type === 'order.rejected')).toMatchObject({
    reserved: false,
    reason: 'INSUFFICIENT_STOCK',
    shortages: [{ sku: 'logged', requested: 99_999 }],
  });
});

it('has the same pages at every instance, whatever their size', async () => {
  const { next } = await read('');
  const ids = await Promise.all(times(20, (nth) => place({}, nth % 2)));
  const whole = await readUntil(next, 'order.confirmed', ids);
  const paged: Event[] = [];
  for (let after = next; paged.length < whole.length;) {
    const page = await read(`after=${after}&limit=3`, paged.length % 2);
    paged.push(...page.events);
    after = page.next;
  }
  // An event of the stock may follow meanwhile.
  expect(paged.slice(0, whole.length)).toEqual(whole);
});

it('waits for the first event of the wanted types', async () => {
  const { next } = await read('');
  const id = await place();
  // These are not wanted.
  await readUntil(next, 'order.confirmed', [id]);
  const waiting = read(`after=${next}&types=order.cancelled&waitSeconds=20`, 1);
  await cluster.client.request(id, 'cancel');
  const { events } = await waiting;
  expect(events).toMatchObject([{ type: 'order.cancelled', orderId: id }]);
});

it('returns an empty page when nothing happens within the time', async () => {
  const { next } = await eventually('the log is at rest', async () => {
    const page = await read('after=oldest&limit=1');
    const end = await read('');
    return (await read(`after=${end.next}`)).events.length === 0 && page.events.length > 0 && end;
  });
  expect(await read(`after=${next}&waitSeconds=1`)).toEqual({ events: [], next });
});

it('streams the same events, and resumes after a filter has left some out', async () => {
  const { next } = await read('');
  const url = `${cluster.orders.url}${PATH}?types=order.confirmed`;
  const follower = await EventFollower.at<Event>(url, next);
  const ids = [await place(), await place()];
  await follower.until(2);
  expect(follower.events.map(({ type, orderId }) => ({ type, orderId }))).toEqual(
    ids.map((orderId) => ({ type: 'order.confirmed', orderId })),
  );
  follower.stop();
  const resumed = await EventFollower.at<Event>(url, follower.ids.at(-1));
  const last = await place();
  await resumed.until(1);
  expect(resumed.events).toMatchObject([{ orderId: last }]);
  resumed.stop();
});

it('rejects a position that is malformed, from another log, or no longer kept', async () => {
  const client = cluster.client;
  expect(await client.get(`${PATH}?after=nonsense`)).toMatchObject({
    status: 400,
    body: { errors: [{ field: 'after' }] },
  });
  expect(await client.get(`${PATH}?after=00000000-1-1`)).toMatchObject({
    status: 409,
    body: { reason: 'HISTORY_CHANGED' },
  });
  expect(await client.get(`${PATH}?types=order.eaten`)).toMatchObject({
    status: 400,
    body: { errors: [{ field: 'types' }] },
  });
  const { events } = await read('after=oldest&limit=1');
  await cluster.ordersDatabase.query(
    `with old as (delete from event_log where first_position <= 10 returning last_position)
     update event_sequence
        set pruned_position = (select max(last_position) from old), complete_since = clock_timestamp()`,
  );
  expect(await client.get(`${PATH}?after=${events[0]?.position}`)).toMatchObject({
    status: 410,
    body: { reason: 'POSITION_EXPIRED' },
  });
  expect((await read('after=oldest&limit=1')).events).toHaveLength(1);
});
