import { EventFollower, type TimelineEvent } from '../harness/event-follower';
import { ServiceCluster } from '../harness/service-cluster';
import { givenStock } from '../harness/stock';
import { eventually, times } from '../harness/wait';

interface AnyOrderEvent extends TimelineEvent {
  readonly orderId: string;
}

const PATH = '/v1/order-events';

let cluster: ServiceCluster;
let urls: string[];

beforeAll(async () => {
  cluster = await ServiceCluster.start({ orders: 2, env: { ORDERS_INVENTORY_TIMEOUT_MS: '5000' } });
  urls = cluster.ordersInstances.map(({ url }) => url);
  await givenStock(cluster.inventoryDatabase, 'live', 10_000);
});

afterAll(() => cluster.stop({ verify: false }));

const place = async (instance = 0): Promise<string> => {
  const { client } = cluster.ordersInstances[instance] ?? cluster.orders;
  const { status, body } = await client.place({ userId: 'u-1', sku: 'live', quantity: 1 });
  expect(status).toBe(201);
  return body.id;
};

const follow = async (lastEventId?: string, instance = 0) => {
  const follower = await EventFollower.at<AnyOrderEvent>(`${urls[instance]}${PATH}`, lastEventId);
  await eventually('the stream has begun', () => follower.ids.length > 0);
  return follower;
};

const untilFinished = (follower: EventFollower<AnyOrderEvent>, ids: readonly string[]) =>
  eventually('all orders are CONFIRMED in the stream', () =>
    ids.every((id) =>
      follower.events.some(({ orderId, status }) => orderId === id && status === 'CONFIRMED'),
    ),
  );

/** Until then, a stream that begins may begin with the events of orders that exist already. */
const untilNoneIsRecent = () =>
  eventually('every event has a position', async () => {
    const waiting = await cluster.ordersDatabase.query('select from event_outbox');
    return waiting.length === 0;
  });

const keysOf = (events: readonly AnyOrderEvent[]) =>
  events.map(({ orderId, seq }) => `${orderId} ${seq}`);

const expectWhole = (events: readonly AnyOrderEvent[], ids: readonly string[]): void => {
  const expected = ids.flatMap((id) => [`${id} 1`, `${id} 2`]);
  expect(keysOf(events).sort()).toEqual(expected.sort());
  for (const id of ids) {
    const own = events.filter(({ orderId }) => orderId === id);
    expect(own.map(({ seq, event }) => ({ seq, event }))).toEqual([
      { seq: 1, event: 'PLACED' },
      { seq: 2, event: 'CONFIRMED' },
    ]);
  }
};

it('streams the events of all orders from now on, whichever instance writes them', async () => {
  await place();
  await untilNoneIsRecent();
  const followers = await Promise.all([follow(undefined, 0), follow(undefined, 1)]);
  const ids = await Promise.all(times(40, (nth) => place(nth % 2)));
  for (const follower of followers) {
    await untilFinished(follower, ids);
    expectWhole(follower.events, ids);
    follower.stop();
  }
  const [first, second] = followers;
  expect(keysOf(first.events)).toEqual(keysOf(second.events));
});

it('resumes at any event and at any instance, without gap or repeat', async () => {
  const whole = await follow();
  const ids = await Promise.all(times(20, (nth) => place(nth % 2)));
  await untilFinished(whole, ids);
  // The first id is the start of the stream, before its first event.
  for (const cut of [0, 1, 7, 38]) {
    const resumed = await follow(whole.ids[cut], cut % 2);
    await resumed.until(whole.events.length - cut);
    expect(keysOf(resumed.events)).toEqual(keysOf(whole.events).slice(cut));
    resumed.stop();
  }
  whole.stop();
});

it('loses nothing while it reconnects under load', async () => {
  let stop = false;
  const placed: string[] = [];
  const load = times(4, async (nth) => {
    while (!stop) placed.push(await place(nth % 2));
  });
  const received: AnyOrderEvent[] = [];
  const first = await follow();
  let follower = first;
  for (let cut = 1; cut <= 8; cut += 1) {
    await follower.until(3);
    follower.stop();
    received.push(...follower.events);
    follower = await follow(follower.ids.at(-1), cut % 2);
  }
  stop = true;
  await Promise.all(load);
  await untilFinished(follower, placed.slice(-4));
  received.push(...follower.events);
  follower.stop();
  const inLog = await cluster.ordersDatabase.query<AnyOrderEvent>(
    `select split_part(ref, '/', 2) as "orderId", split_part(ref, '/', 3) as seq
       from event_log cross join unnest(refs) with ordinality as entry (ref, number)
      where ref like 'order/%'
      order by first_position, number`,
  );
  const start = keysOf(inLog).indexOf(keysOf(received)[0] ?? '');
  expect(keysOf(received)).toEqual(keysOf(inLog).slice(start, start + received.length));
  expect(received.length).toBeGreaterThan(30);
});

it('also has the failed attempts and the actors of an order', async () => {
  const follower = await follow();
  const id = await place();
  await cluster.client.request(id, 'cancel');
  await follower.until(4);
  expect(follower.events.map(({ event }) => event)).toEqual([
    'PLACED',
    'CONFIRMED',
    'CANCELLING',
    'CANCELLED',
  ]);
  const { body } = await cluster.client.get<{ events: object[] }>(`/v1/orders/${id}/timeline`);
  expect(follower.events).toEqual(body.events.map((event) => ({ orderId: id, ...event })));
  follower.stop();
});

describe('the token', () => {
  const resumeAt = (lastEventId: string) =>
    cluster.client.send(PATH, { headers: { 'Last-Event-ID': lastEventId } });

  it.each(['7', 'no-token', 'x'.repeat(47)])('%j is rejected', async (token) => {
    expect(await resumeAt(token)).toMatchObject({
      status: 400,
      body: { reason: 'INVALID_REQUEST', errors: [{ field: 'Last-Event-ID' }] },
    });
  });

  it('of another history gets 409, and an open stream that loses its last event ends', async () => {
    const follower = await follow();
    await place();
    await follower.until(2);
    const token = follower.ids.at(-1) ?? '';
    await cluster.ordersDatabase.query(
      `update event_log set sequenced_at = sequenced_at + interval '1 second'
        where last_position = (select last_position from event_sequence)`,
    );
    await follower.untilEnd();
    expect(follower.errors).toMatchObject([
      { status: 409, reason: 'HISTORY_CHANGED', instance: PATH },
    ]);
    expect(await resumeAt(token)).toMatchObject({
      status: 409,
      body: { reason: 'HISTORY_CHANGED' },
    });
    expect((await follow(follower.ids[1])).errors).toEqual([]);
  });
});

it.each([PATH, '/v1/orders/{id}/events'])('%s ends after maxSeconds', async (path) => {
  const id = await place();
  const startedMs = performance.now();
  const { status, body } = await cluster.client.get<string>(
    `${path.replace('{id}', id)}?maxSeconds=1`,
  );
  expect(status).toBe(200);
  expect(body).toMatch(/^retry: 1000\n\nid: /);
  expect(performance.now() - startedMs).toBeGreaterThan(900);
  for (const invalid of ['0', '3601', 'x'])
    expect(await cluster.client.get(`${PATH}?maxSeconds=${invalid}`)).toMatchObject({
      status: 400,
    });
});

it('a HEAD request ends at once', async () => {
  const { status } = await cluster.client.send(PATH, { method: 'HEAD' });
  expect(status).toBe(200);
});

it('the streams of an instance that shuts down end, and go on at another one', async () => {
  const [, second] = cluster.ordersInstances;
  const follower = await follow(undefined, 1);
  await second?.stop();
  await follower.untilEnd();
  const id = await place();
  const resumed = await follow(follower.ids.at(-1));
  await untilFinished(resumed, [id]);
  expectWhole(resumed.events, [id]);
  resumed.stop();
});
