import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';
import { BAD_ORDERS, json, order, withRawValue } from './bad-orders';

let cluster: ServiceCluster;

beforeAll(async () => {
  cluster = await startCluster({ INVENTORY_SEED_STOCK: 'burger=5,pizza=10' });
});

afterAll(async () => {
  const orders = await cluster.ordersDatabase.query('select id from orders');
  const reservations = await cluster.inventoryDatabase.query('select id from reservation');
  await cluster.stop();
  expect({ orders, reservations }).toEqual({ orders: [], reservations: [] });
});

describe('POST /v1/orders rejects', () => {
  it.each(BAD_ORDERS)('%s, naming %s', async (_what, field, body) => {
    const answer = await cluster.client.send<{ errors: { field: string; detail: string }[] }>(
      '/v1/orders',
      {
        method: 'POST',
        headers: json,
        body,
      },
    );
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ reason: 'INVALID_REQUEST' });
    expect(answer.body.errors.map((error) => error.field)).toContain(field);
    for (const { detail } of answer.body.errors) expect(detail).toMatch(/^\S+ (is|must) /);
  });

  it('more fields than an answer lists, with the number of omitted ones', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 150 }, (_each, nth) => [`x${nth}`, 1]));
    const answer = await cluster.client.send<{ errors: unknown[] }>('/v1/orders', {
      method: 'POST',
      headers: json,
      body: order(unknown),
    });
    expect(answer).toMatchObject({ status: 400, body: { errorsLeftOut: 50 } });
    expect(answer.body.errors).toHaveLength(100);
  });

  it.each([
    ['{}', 'body must be {"userId": …, "sku": …, "quantity": …} or {"userId": …, "items": '],
    ['', 'body must be {"userId": …, "sku": …, "quantity": …} or {"userId": …, "items": '],
    ['{"userId":"u"}', 'sku is required, unless there are items'],
    [order({ userID: 'u' }), 'userID is not a known field; did you mean userId?'],
    [order({ notes: 'hot' }), 'notes is not a known field; did you mean note?'],
    [
      JSON.stringify({ userId: 'u', items: [{ sku: 'burger', qty: 1, quantiy: 2, quantity: 2 }] }),
      'items[0].quantiy is not a known field; did you mean quantity?',
    ],
  ])('%s with a hint', async (body, hint) => {
    const answer = await cluster.client.send<{ errors: { detail: string }[] }>('/v1/orders', {
      method: 'POST',
      headers: json,
      body,
    });
    expect(answer.status).toBe(400);
    const details = answer.body.errors.map(({ detail }) => detail);
    expect(details.some((detail) => detail.startsWith(hint))).toBe(true);
  });

  it('a dropped key together with all other invalid fields', async () => {
    const body = '{"userId":"","sku":"burger","quantity":0,"__proto__":{}}';
    const answer = await cluster.client.send<{ errors: { field: string }[] }>('/v1/orders', {
      method: 'POST',
      headers: json,
      body,
    });
    const fields = answer.body.errors.map((error) => error.field);
    expect(fields).toEqual(['__proto__', 'userId', 'quantity']);
  });

  it.each<[what: string, status: number, reason: string, init: RequestInit]>([
    ['malformed JSON', 400, 'MALFORMED_JSON', { headers: json, body: '{"userId":' }],
    [
      'NaN, which is not JSON',
      400,
      'MALFORMED_JSON',
      { headers: json, body: withRawValue('quantity', 'NaN') },
    ],
    ['text instead of an object', 400, 'MALFORMED_JSON', { headers: json, body: '"order"' }],
    ['a list instead of an object', 400, 'MALFORMED_JSON', { headers: json, body: '[]' }],
    ['null instead of an object', 400, 'MALFORMED_JSON', { headers: json, body: 'null' }],
    ['no body', 400, 'INVALID_REQUEST', { headers: json }],
    [
      'another content type',
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      { headers: { 'Content-Type': 'text/plain' }, body: order({}) },
    ],
    ['a form', 415, 'UNSUPPORTED_MEDIA_TYPE', { body: new URLSearchParams({ userId: 'u' }) }],
    [
      'another charset',
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      { headers: { 'Content-Type': 'application/json; charset=latin1' }, body: order({}) },
    ],
    [
      'an unknown encoding',
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      { headers: { ...json, 'Content-Encoding': 'zip' }, body: order({}) },
    ],
    [
      'a body of 1 MB',
      413,
      'PAYLOAD_TOO_LARGE',
      { headers: json, body: order({ note: 'n'.repeat(1_000_000) }) },
    ],
    [
      'deeply nested JSON',
      400,
      'INVALID_REQUEST',
      { headers: json, body: `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}` },
    ],
  ])('%s with %i %s', async (_what, status, reason, init) => {
    const answer = await cluster.client.send('/v1/orders', { method: 'POST', ...init });
    expect(answer).toMatchObject({ status, body: { status, reason } });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });
});

describe('GET rejects', () => {
  it.each([
    ['/v1/orders?limit=0', 'limit'],
    ['/v1/orders?limit=101', 'limit'],
    ['/v1/orders?limit=1.5', 'limit'],
    ['/v1/orders?limit=ten', 'limit'],
    ['/v1/orders?limit=', 'limit'],
    ['/v1/orders?limit=1&limit=2', 'limit'],
    ['/v1/orders?parked=1', 'parked'],
    ['/v1/orders?parked=', 'parked'],
    ['/v1/orders?parked=true&parked=true', 'parked'],
    ['/v1/orders?status=LOST', 'status'],
    ['/v1/orders?status=CONFIRMED&status=LOST', 'status'],
    ['/v1/orders?sku=a%20b', 'sku'],
    ['/v1/orders?userId=%00', 'userId'],
    ['/v1/orders?userId=', 'userId'],
    ['/v1/orders?cursor=last', 'cursor'],
    ['/v1/orders?colour=red', 'colour'],
    ['/v1/orders?__proto__=1', '__proto__'],
    ['/v1/orders/1', 'id'],
    ['/v1/orders/%00', 'id'],
    ['/v1/orders/%E0%A4%A', 'path'],
  ])('%s, naming %s', async (path, field) => {
    const answer = await cluster.client.get<{ errors: { field: string }[] }>(path);
    expect(answer).toMatchObject({ status: 400, body: { reason: 'INVALID_REQUEST' } });
    expect(answer.body.errors.map((error) => error.field)).toContain(field);
  });

  it.each([
    ['/v1/orders?userid=u', 'userid is not a known query parameter; did you mean userId?'],
    ['/v1/orders?limt=1', 'limt is not a known query parameter; did you mean limit?'],
    ['/v1/stock?Limit=1', 'Limit is not a known query parameter; did you mean limit?'],
    ['/v1/orders?page=2', 'page is not a known query parameter; remove it'],
  ])('%s with a hint', async (path, detail) => {
    const answer = await cluster.client.get<{ errors: unknown[] }>(path);
    expect(answer).toMatchObject({ status: 400, body: { detail, errors: [{ detail }] } });
  });
});
