import { EventFollower, type TimelineEvent } from '../harness/event-follower';
import { IdentityProvider } from '../harness/identity-provider';
import type { Answer, OrdersClient } from '../harness/orders-client';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';
import { eventually } from '../harness/wait';

interface Page {
  readonly orders: readonly { readonly id: string; readonly userId: string }[];
}

interface Timeline {
  readonly events: readonly { readonly event: string; readonly actor: string }[];
}

const BURGER = { sku: 'burger', quantity: 1 };
const NOWHERE = '01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55';

let provider: IdentityProvider;
let cluster: ServiceCluster;
let alice: OrdersClient;
let bob: OrdersClient;
let staff: OrdersClient;
let events: OrdersClient;
let admin: OrdersClient;

beforeAll(async () => {
  provider = await IdentityProvider.start();
  cluster = await startCluster({ INVENTORY_SEED_STOCK: 'burger=1000', ...provider.settings });
  const as = (sub: string, scope: string) => cluster.client.as(provider.token(sub, scope));
  [alice, bob] = [as('alice', 'customer'), as('bob', 'openid customer')];
  [staff, events, admin] = [as('clerk', 'staff'), as('erp', 'events'), as('root', 'admin')];
});

afterAll(async () => {
  await cluster.stop();
  await provider.stop();
});

const post = (client: OrdersClient, path: string): Promise<Answer> =>
  client.send(path, { method: 'POST' });

const reduce = (client: OrdersClient, id: string): Promise<Answer> =>
  client.send(`/v1/orders/${id}`, {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ items: [{ sku: 'burger', quantity: 1 }] }),
  });

const placedBy = async (client: OrdersClient, body: object = {}): Promise<string> => {
  const answer = await client.place({ ...BURGER, ...body });
  expect(answer.status).toBe(201);
  return answer.body.id;
};

const actorsOf = async (id: string): Promise<string[]> => {
  const { body } = await admin.get<Timeline>(`/v1/orders/${id}/timeline`);
  return body.events.map(({ event, actor }) => `${event} ${actor}`);
};

const expectDenied = (answer: Answer<unknown>, ...requiredScopes: string[]): void => {
  expect(answer).toMatchObject({
    status: 403,
    body: { reason: 'PERMISSION_DENIED', status: 403, requiredScopes },
  });
  expect(answer.headers.get('www-authenticate')).toContain(
    `error="insufficient_scope", scope="${requiredScopes.join(' ')}"`,
  );
};

describe('a customer', () => {
  it('places an order as itself', async () => {
    expect(await alice.place(BURGER)).toMatchObject({ status: 201, body: { userId: 'alice' } });
    const named = await alice.place({ ...BURGER, userId: 'alice' });
    expect(named).toMatchObject({ status: 201, body: { userId: 'alice' } });
  });

  it('must not place one as another customer', async () => {
    expectDenied(await alice.place({ ...BURGER, userId: 'bob' }), 'staff');
    const { body } = await bob.get<Page>('/v1/orders');
    expect(body.orders).toEqual([]);
  });

  it('has its body validated as any other', async () => {
    expect(await alice.place({ ...BURGER, userId: 7 })).toMatchObject({ status: 400 });
    expect(await alice.place({ userId: null, ...BURGER })).toMatchObject({ status: 400 });
    expect(await alice.place([] as object)).toMatchObject({ status: 400 });
  });

  it('sees its own orders only in lists', async () => {
    const [own, other] = [await placedBy(alice), await placedBy(bob)];
    const ids = async (client: OrdersClient, query = '') =>
      (await client.get<Page>(`/v1/orders?limit=100${query}`)).body.orders.map(({ id }) => id);
    expect(await ids(alice)).toContain(own);
    expect(await ids(alice)).not.toContain(other);
    expect(await ids(alice, '&userId=alice&sku=burger')).toContain(own);
    expect(await ids(bob, '&updatedSince=2020-01-01T00:00:00Z')).toContain(other);
    expect(await ids(bob, '&updatedSince=2020-01-01T00:00:00Z')).not.toContain(own);
    expect(await ids(staff)).toEqual(expect.arrayContaining([own, other]));
    expectDenied(await alice.get('/v1/orders?userId=bob'), 'staff');
  });

  it.each<[what: string, request: (client: OrdersClient, id: string) => Promise<Answer<unknown>>]>([
    ['read', (client, id) => client.get(`/v1/orders/${id}`)],
    ['cancel', (client, id) => post(client, `/v1/orders/${id}/cancel`)],
    ['reduce', reduce],
    ['timeline', (client, id) => client.get(`/v1/orders/${id}/timeline`)],
    ['events', (client, id) => client.get(`/v1/orders/${id}/events?maxSeconds=1`)],
  ])('gets the same answer for %s of an order of another and of none', async (_what, request) => {
    const id = await placedBy(bob, { quantity: 2 });
    const [foreign, none] = [await request(alice, id), await request(alice, NOWHERE)];
    expect(foreign).toMatchObject({ status: 404, body: { reason: 'ORDER_NOT_FOUND' } });
    const text = JSON.stringify(foreign.body).replaceAll(id, NOWHERE);
    expect(JSON.parse(text)).toEqual(none.body);
    expect(await actorsOf(id)).toEqual(['PLACED CUSTOMER', 'CONFIRMED CUSTOMER']);
    expect((await request(bob, id)).status).toBe(200);
  });

  it.each(['fulfill', 'retry'])('must not %s an order, not even its own', async (action) => {
    const id = await placedBy(alice);
    expectDenied(await post(alice, `/v1/orders/${id}/${action}`), 'staff');
    expect((await alice.get(`/v1/orders/${id}`)).body.status).toBe('CONFIRMED');
  });

  it.each([
    ['GET', '/v1/events'],
    ['GET', '/v1/webhooks'],
    ['POST', '/v1/webhooks'],
    ['GET', `/v1/webhooks/${NOWHERE}`],
    ['DELETE', `/v1/webhooks/${NOWHERE}`],
    ['POST', `/v1/webhooks/${NOWHERE}/rotate-secret`],
    ['GET', `/v1/webhooks/${NOWHERE}/deliveries`],
  ])('must not %s %s', async (method, path) => {
    expectDenied(await alice.send(path, { method }), 'events');
    expectDenied(await staff.send(path, { method }), 'events');
  });

  it('reads the stock', async () => {
    expect((await alice.get('/v1/stock/burger')).status).toBe(200);
    expect((await alice.get('/v1/stock-events?skus=burger&maxSeconds=1')).status).toBe(200);
  });

  const follow = (sub: string, scope: string, lastEventId?: string) =>
    EventFollower.at<TimelineEvent & { readonly orderId: string }>(
      `${cluster.orders.url}/v1/order-events`,
      lastEventId,
      provider.token(sub, scope),
    );

  it('receives the events of its own orders only', async () => {
    const [own, all] = [await follow('alice', 'customer'), await follow('erp', 'events')];
    await eventually('the streams have begun', () => own.ids.length > 0 && all.ids.length > 0);
    const other = await placedBy(bob);
    const mine = await placedBy(alice);
    for (const each of [own, all]) {
      await eventually('the last order is in the stream', () =>
        each.events.some(({ orderId, status }) => orderId === mine && status === 'CONFIRMED'),
      );
    }
    expect(all.events.map(({ orderId }) => orderId)).toContain(other);
    expect(own.events.map(({ orderId }) => orderId)).not.toContain(other);
    own.stop();
    all.stop();
  });

  it('receives the position of the log while there are events of others only', async () => {
    const stranger = await follow('dora', 'customer');
    await eventually('the stream has begun', () => stranger.ids.length > 0);
    await placedBy(bob);
    await eventually('the position has moved', () => stranger.ids.length > 1, 60_000);
    expect(stranger.events).toEqual([]);
    stranger.stop();
  });

  it('receives the earlier events of its own orders, and the end of the log if it has none', async () => {
    const [other, mine] = [await placedBy(bob), await placedBy(alice)];
    const next = () => events.get<{ readonly next: string }>('/v1/events?limit=1');
    const beginning = (await next()).body.next.replace(/-.*/, '-0-0');
    const own = await follow('alice', 'customer', beginning);
    await eventually('the last order is in the stream', () =>
      own.events.some(({ orderId, status }) => orderId === mine && status === 'CONFIRMED'),
    );
    expect(own.events.map(({ orderId }) => orderId)).not.toContain(other);
    const stranger = await follow('carol', 'customer', beginning);
    await eventually('the stream has begun', () => stranger.ids.length > 0);
    expect(stranger.ids[0]).not.toBe(beginning);
    own.stop();
    stranger.stop();
  });
});

describe('staff', () => {
  it('acts on the orders of any customer, and is named in their timelines', async () => {
    const placed = await placedBy(staff, { userId: 'alice', quantity: 2 });
    expect((await alice.get(`/v1/orders/${placed}`)).status).toBe(200);
    expect((await reduce(staff, placed)).status).toBe(200);
    expect((await post(staff, `/v1/orders/${placed}/fulfill`)).status).toBe(200);
    expect(await actorsOf(placed)).toEqual([
      'PLACED STAFF',
      'CONFIRMED STAFF',
      'REDUCING STAFF',
      'CONFIRMED STAFF',
      'FULFILLING STAFF',
      'FULFILLED STAFF',
    ]);
    const other = await placedBy(bob);
    expect((await post(admin, `/v1/orders/${other}/cancel`)).status).toBe(200);
    expect(await actorsOf(other)).toEqual([
      'PLACED CUSTOMER',
      'CONFIRMED CUSTOMER',
      'CANCELLING ADMIN',
      'CANCELLED ADMIN',
    ]);
  });

  it('must name the customer', async () => {
    expect(await staff.place(BURGER)).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'userId' }] },
    });
  });
});

it('a stream ends when the token of its caller has expired', async () => {
  const id = (await alice.place({ ...BURGER, quantity: 2 })).body.id;
  // Within the tolerance for clocks, which leaves it 4 s.
  const claims = { exp: Math.floor(Date.now() / 1_000) - 1 };
  const token = provider.token('alice', 'customer', { claims });
  const follow = (path: string) =>
    EventFollower.at<TimelineEvent>(`${cluster.orders.url}${path}`, undefined, token);
  const streams = await Promise.all([
    follow(`/v1/orders/${id}/events`),
    follow('/v1/order-events'),
    follow('/v1/stock-events?skus=burger'),
  ]);
  for (const stream of streams) await stream.untilEnd();
  expect((await cluster.client.as(token).get('/v1/orders')).status).toBe(401);
});

it('idempotency keys belong to the caller', async () => {
  const key = { headers: { 'Idempotency-Key': 'k-1' } };
  const body = { ...BURGER, userId: 'carol' };
  const carol = cluster.client.as(provider.token('carol', 'customer'));
  const clerk2 = cluster.client.as(provider.token('clerk-2', 'staff'));
  const first = await Promise.all([carol, staff, clerk2].map((client) => client.place(body, key)));
  expect(first.map(({ status }) => status)).toEqual([201, 201, 201]);
  expect(new Set(first.map(({ body: { id } }) => id)).size).toBe(3);
  const again = await Promise.all([carol, staff, clerk2].map((client) => client.place(body, key)));
  expect(again.map(({ body: { id } }) => id)).toEqual(first.map(({ body: { id } }) => id));
  expect(again.map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([
    'true',
    'true',
    'true',
  ]);
  const other = await staff.place({ ...body, quantity: 3 }, key);
  expect(other).toMatchObject({ status: 422, body: { reason: 'IDEMPOTENCY_KEY_REUSED' } });
  expect(other.body.detail).toContain('Idempotency-Key "k-1" belongs');
});

it('a caller with the scope of events reads the log, and changes no order', async () => {
  const id = await placedBy(alice);
  expect((await events.get('/v1/events?after=oldest')).status).toBe(200);
  expect((await events.get('/v1/webhooks')).status).toBe(200);
  expectDenied(await events.get(`/v1/orders/${id}`), 'customer', 'staff');
  expectDenied(await post(events, `/v1/orders/${id}/cancel`), 'customer', 'staff');
  expectDenied(await events.place({ ...BURGER, userId: 'alice' }), 'customer', 'staff');
});

it('a caller without a scope may do nothing', async () => {
  const stranger = cluster.client.as(provider.token('mallory', 'openid email'));
  for (const path of ['/v1/orders', '/v1/stock', '/v1/order-events'])
    expect((await stranger.get(path)).status).toBe(403);
});
