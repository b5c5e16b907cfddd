import { hostname, userInfo } from 'node:os';
import { givenStock } from '../harness/stock';
import { eventually } from '../harness/wait';
import { type ApiKeyBody, type AuditBody, ProtectedCluster } from './api-key-fixture';

let system: ProtectedCluster;
let staff: ApiKeyBody;
let customer: ApiKeyBody;

beforeAll(async () => {
  system = await ProtectedCluster.start();
  await givenStock(system.cluster.inventoryDatabase, 'audited', 1_000);
  staff = await system.createKey();
  customer = await system.createKey({ subject: 'u-1', scopes: ['customer'] });
});

afterAll(() => system.cluster.stop());

const place = async (key: string, userId = 'u-1'): Promise<string> => {
  const body = { userId, sku: 'audited', quantity: 1 };
  const answer = await system.send(key, 'POST', '/v1/orders', { body });
  expect(answer.status).toBe(201);
  return answer.body.id;
};

it('has who did what to which order, from where, under which request id, and the outcome', async () => {
  const id = await place(customer.key);
  const path = `/v1/orders/${id}/fulfill`;
  const headers = { 'X-Request-Id': 'req-1' };
  expect((await system.send(staff.key, 'POST', path, { headers })).status).toBe(200);
  const { entries } = await system.audit(`target=${id}`);
  expect(entries).toMatchObject([
    {
      actorKind: 'apiKey',
      actor: 'warehouse',
      keyId: staff.id,
      action: 'fulfillOrder',
      target: id,
      requestId: 'req-1',
      client: '127.0.0.1',
      outcome: 'SUCCEEDED',
    },
  ]);
});

it('has a change under the id of its order, however the caller spells the id', async () => {
  const id = await place(customer.key);
  const path = `/V1/Orders/${id.toUpperCase()}/FULFIL/`;
  expect((await system.send(staff.key, 'POST', path)).status).toBe(200);
  for (const spelling of [id, id.toUpperCase()]) {
    expect((await system.audit(`target=${spelling}`)).entries).toMatchObject([
      { action: 'fulfillOrder', target: id, outcome: 'SUCCEEDED' },
    ]);
  }
  const other = await system.createKey({ subject: 'integration', scopes: ['events'] });
  await system.cli('keys', 'revoke', other.id.toUpperCase());
  expect((await system.audit(`target=${other.id}&action=revokeApiKey`)).entries).toHaveLength(1);
});

it('has the reason of a call that failed, also if the request is invalid', async () => {
  const missing = '01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55';
  for (const [target, reason] of [
    [missing, 'ORDER_NOT_FOUND'],
    ['nonsense', 'INVALID_REQUEST'],
    ['a%00b', 'INVALID_REQUEST'],
    ['x'.repeat(1_000), 'INVALID_REQUEST'],
  ] as const) {
    const answer = await system.send(staff.key, 'POST', `/v1/orders/${target}/cancel`);
    expect(answer.body.reason).toBe(reason);
    const [entry] = (await system.audit('limit=1')).entries;
    const recorded = decodeURIComponent(target).replace('\0', '\ufffd').slice(0, 200);
    expect(entry).toMatchObject({ action: 'cancelOrder', target: recorded, outcome: reason });
  }
});

it('has nothing of calls that customers make, and nothing of reads', async () => {
  const before = (await system.audit('limit=1')).entries;
  const id = await place(customer.key);
  await system.send(customer.key, 'POST', `/v1/orders/${id}/cancel`);
  await system.send(staff.key, 'GET', `/v1/orders/${id}`);
  await system.send(system.adminKey, 'GET', '/v1/api-keys');
  expect((await system.audit('limit=1')).entries).toEqual(before);
});

it('has an order that staff places for a customer', async () => {
  const id = await place(staff.key, 'u-2');
  expect((await system.audit(`target=${id}`)).entries).toMatchObject([
    { actor: 'warehouse', action: 'placeOrder', outcome: 'SUCCEEDED' },
  ]);
});

it('has an order that staff places and that is rejected under the id of the order', async () => {
  const body = { userId: 'u-2', sku: 'audited', quantity: 1_000_000 };
  const answer = await system.send<{ orderId: string }>(staff.key, 'POST', '/v1/orders', { body });
  expect(answer.status).toBe(409);
  const { orderId } = answer.body;
  expect((await system.audit(`target=${orderId}`)).entries).toMatchObject([
    { actor: 'warehouse', action: 'placeOrder', target: orderId, outcome: 'INSUFFICIENT_STOCK' },
  ]);
});

it('has what staff tried without the scope for it, but not what a customer tried', async () => {
  const body = { name: 'n', subject: 's', scopes: ['admin'] };
  for (const { key } of [staff, customer]) {
    const answer = await system.send(key, 'POST', '/v1/api-keys', { body });
    expect(answer.status).toBe(403);
  }
  expect((await system.audit('action=createApiKey&limit=2')).entries).toMatchObject([
    { actor: 'warehouse', target: null, outcome: 'PERMISSION_DENIED' },
    { actor: 'ada', outcome: 'SUCCEEDED' },
  ]);
});

it('an alias of a path is recorded under the name of its operation', async () => {
  const id = await place(customer.key);
  await system.send(staff.key, 'POST', `/v1/orders/${id}/fulfil`);
  const { entries } = await system.audit(`target=${id}&action=fulfillOrder`);
  expect(entries).toHaveLength(1);
});

it('has changes of webhooks and of keys, by requests and by commands', async () => {
  const events = await system.createKey({ subject: 'integration', scopes: ['events'] });
  const body = { url: 'https://shop.example/hook' };
  const webhook = await system.send(events.key, 'POST', '/v1/webhooks', { body });
  expect((await system.audit(`target=${webhook.body.id}`)).entries).toMatchObject([
    { actor: 'integration', action: 'createWebhook', outcome: 'SUCCEEDED' },
  ]);
  await system.cli('keys', 'revoke', events.id);
  expect((await system.audit(`target=${events.id}`)).entries).toMatchObject([
    {
      actorKind: 'operator',
      actor: userInfo().username,
      client: hostname(),
      action: 'revokeApiKey',
      outcome: 'SUCCEEDED',
    },
    { actorKind: 'apiKey', actor: 'ada', action: 'createApiKey', outcome: 'SUCCEEDED' },
  ]);
});

it('is listed by pages, by a request and by a command', async () => {
  const all = (await system.audit('limit=100')).entries;
  const first = await system.audit('limit=2');
  const second = await system.audit(`limit=2&cursor=${first.nextCursor}`);
  expect([...first.entries, ...second.entries]).toEqual(all.slice(0, 4));
  const { stdout } = await system.cli('audit', 'list', '--limit', '4', '--json');
  const printed = stdout.trim().split('\n');
  expect(printed.map((line) => JSON.parse(line) as unknown)).toEqual(all.slice(0, 4));
  const { stdout: lines } = await system.cli('audit', 'list', '--actor', 'warehouse');
  expect(lines.split('\n')[0]).toContain('\twarehouse (apiKey)\t');
});

it.each([
  ['/v1/audit', 'actor=%F0%9F%98%80&target=%2F&action=%27%3B--', 200],
  ['/v1/audit', 'since=9999-12-31T23:59:59Z', 200],
  ['/v1/audit', 'since=1970-01-01T00:00:00Z&cursor=999999999999999', 200],
  ['/v1/audit', 'since=yesterday', 400],
  ['/v1/audit', 'target=%00', 400],
  ['/v1/audit', 'actor=a&actor=b', 400],
  ['/v1/audit', 'cursor=0', 400],
  ['/v1/audit', 'cursor=1e3', 400],
  ['/v1/audit', 'cursor=1000000000000000', 400],
  ['/v1/audit', 'limit=101', 400],
  ['/v1/audit', 'actors=a', 400],
  ['/v1/api-keys', 'cursor=00000000-0000-0000-0000-000000000000', 200],
  ['/v1/api-keys', 'cursor=1', 400],
  ['/v1/api-keys', 'limit=-1', 400],
])('%s?%s is answered with %i', async (path, query, status) => {
  const answer = await system.send<{ reason?: string }>(system.adminKey, 'GET', `${path}?${query}`);
  expect([answer.status, answer.body.reason]).toEqual([
    status,
    status === 400 ? 'INVALID_REQUEST' : undefined,
  ]);
});

it('nothing is changed if the attempt cannot be recorded', async () => {
  const id = await place(customer.key);
  const { ordersDatabase } = system.cluster;
  const reject = `
    create function reject_audit() returns trigger language plpgsql as $$
      begin raise exception 'broken'; end $$;
    create trigger reject_audit before insert on audit_entry
       for each statement execute function reject_audit()`;
  await ordersDatabase.query(reject);
  try {
    const answer = await system.send(staff.key, 'POST', `/v1/orders/${id}/fulfill`);
    expect(answer.status).toBe(500);
  } finally {
    await ordersDatabase.query('drop function reject_audit cascade');
  }
  const { body } = await system.send<{ status: string }>(staff.key, 'GET', `/v1/orders/${id}`);
  expect(body.status).toBe('CONFIRMED');
});

it('the change is returned, and logged as lost, if its outcome cannot be recorded', async () => {
  const id = await place(customer.key);
  const { ordersDatabase } = system.cluster;
  const reject = `
    create function reject_outcome() returns trigger language plpgsql as $$
      begin raise exception 'broken'; end $$;
    create trigger reject_outcome before insert on audit_outcome
       for each statement execute function reject_outcome()`;
  await ordersDatabase.query(reject);
  try {
    const answer = await system.send(staff.key, 'POST', `/v1/orders/${id}/fulfill`);
    expect(answer.status).toBe(200);
  } finally {
    await ordersDatabase.query('drop function reject_outcome cascade');
  }
  expect((await system.audit(`target=${id}`)).entries).toMatchObject([{ outcome: null }]);
  expect(system.cluster.orders.logs).toContain('keeps an unknown outcome');
});

it('a call whose process was killed keeps an unknown outcome', async () => {
  const { cluster } = system;
  const id = await place(customer.key);
  const other = { instance: 1 };
  const find = async () => {
    const path = `/v1/audit?target=${id}`;
    const { body } = await system.send<AuditBody>(system.adminKey, 'GET', path, other);
    return body.entries[0];
  };
  await cluster.withFrozenInventory(async () => {
    const fulfilled = system.send(staff.key, 'POST', `/v1/orders/${id}/fulfill`);
    const lost = expect(fulfilled).rejects.toThrow();
    await eventually('the attempt is recorded', find);
    await cluster.orders.stop('SIGKILL');
    await lost;
  });
  expect(await find()).toMatchObject({ action: 'fulfillOrder', outcome: null });
  await cluster.orders.start();
});
