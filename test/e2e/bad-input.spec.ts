import { Client, credentials, type ServiceError, status as GrpcStatus } from '@grpc/grpc-js';
import type { InventoryService } from '@app/contracts';
import { reasonFromTrailer } from '@app/errors';
import { Writer } from 'protobufjs';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from './cluster';

let cluster: ServiceCluster;
let stockBefore: unknown;

const stock = () => cluster.inventoryDatabase.query('select * from stock_level order by sku');

beforeAll(async () => {
  cluster = await startCluster({ INVENTORY_SEED_STOCK: 'burger=5,pizza=10' });
  stockBefore = await stock();
});

afterEach(async () => {
  expect(await stock()).toEqual(stockBefore);
});

afterAll(async () => {
  const broken = await cluster.inventoryDatabase.differences();
  const orders = await cluster.ordersDatabase.query('select id from orders');
  await cluster.stop();
  expect({ broken, orders }).toEqual({ broken: [], orders: [] });
});

const json = { 'Content-Type': 'application/json' };
const order = (fields: object) =>
  JSON.stringify({ userId: 'u', sku: 'burger', quantity: 1, ...fields });
/** A body in which one value is spelled as JSON.stringify would never do it. */
const spelled = (field: string, value: string) => order({ [field]: '@' }).replace('"@"', value);

const BAD_ORDERS: readonly [what: string, field: string, body: string][] = [
  ['a missing userId', 'userId', order({ userId: undefined })],
  ['a missing sku', 'sku', order({ sku: undefined })],
  ['a missing quantity', 'quantity', order({ quantity: undefined })],
  ['a null userId', 'userId', order({ userId: null })],
  ['a null sku', 'sku', order({ sku: null })],
  ['a null quantity', 'quantity', order({ quantity: null })],
  ['a number for userId', 'userId', order({ userId: 7 })],
  ['a number for sku', 'sku', order({ sku: 7 })],
  ['an object for sku', 'sku', order({ sku: { a: 1 } })],
  ['text for quantity', 'quantity', order({ quantity: '2' })],
  ['a list for quantity', 'quantity', order({ quantity: [2] })],
  ['a boolean for quantity', 'quantity', order({ quantity: true })],
  ['a number for note', 'note', order({ note: 7 })],
  ['an empty userId', 'userId', order({ userId: '' })],
  ['an empty sku', 'sku', order({ sku: '' })],
  ['zero', 'quantity', order({ quantity: 0 })],
  ['a negative quantity', 'quantity', order({ quantity: -1 })],
  ['minus zero', 'quantity', spelled('quantity', '-0')],
  ['2^31', 'quantity', order({ quantity: 2 ** 31 })],
  ['2^32 + 1', 'quantity', order({ quantity: 2 ** 32 + 1 })],
  ['2^53 + 1', 'quantity', spelled('quantity', '9007199254740993')],
  ['1.5', 'quantity', order({ quantity: 1.5 })],
  ['1e400', 'quantity', spelled('quantity', '1e400')],
  ['a quantity just too large', 'quantity', order({ quantity: 1_000_001 })],
  ['a huge userId', 'userId', order({ userId: 'u'.repeat(129) })],
  ['a huge sku', 'sku', order({ sku: 's'.repeat(65) })],
  ['a huge note', 'note', order({ note: 'n'.repeat(501) })],
  ['a NUL in userId', 'userId', order({ userId: 'a\0b' })],
  ['a NUL in sku', 'sku', order({ sku: 'a\0b' })],
  ['a NUL in note', 'note', order({ note: 'a\0b' })],
  ['a lone surrogate in userId', 'userId', spelled('userId', '"\\ud800"')],
  ['a lone surrogate in sku', 'sku', spelled('sku', '"\\udfff"')],
  ['a lone surrogate in note', 'note', spelled('note', '"x\\ud800y"')],
  ['a blank in sku', 'sku', order({ sku: 'a b' })],
  ['SQL in sku', 'sku', order({ sku: "x'; drop table orders; --" })],
  ['an unknown field', 'colour', order({ colour: 'red' })],
  ['__proto__', '__proto__', spelled('x', '1').replace('"x"', '"__proto__"')],
  ['constructor', 'constructor', spelled('x', '1').replace('"x"', '"constructor"')],
  ['both shapes at once', 'sku', order({ items: [{ sku: 'burger', quantity: 1 }] })],
  ['no items', 'items', JSON.stringify({ userId: 'u', items: [] })],
  ['null for items', 'items', JSON.stringify({ userId: 'u', items: null })],
  ['an object for items', 'items', JSON.stringify({ userId: 'u', items: { 0: {} } })],
  ['a number for an item', 'items[0]', JSON.stringify({ userId: 'u', items: [5] })],
  [
    'null for an item',
    'items[1]',
    JSON.stringify({ userId: 'u', items: [{ sku: 'burger', quantity: 1 }, null] }),
  ],
  ['a list for an item', 'items', JSON.stringify({ userId: 'u', items: [[]] })],
  [
    'a bad item',
    'items[0].quantity',
    JSON.stringify({ userId: 'u', items: [{ sku: 'burger', quantity: 0 }] }),
  ],
  [
    'an unknown field of an item',
    'items[0].size',
    JSON.stringify({ userId: 'u', items: [{ sku: 'burger', quantity: 1, size: 'L' }] }),
  ],
  [
    '__proto__ in an item',
    'items[0].__proto__',
    '{"userId":"u","items":[{"sku":"burger","quantity":1,"__proto__":{}}]}',
  ],
  [
    '101 items',
    'items',
    JSON.stringify({ userId: 'u', items: Array(101).fill({ sku: 'burger', quantity: 1 }) }),
  ],
];

describe('POST /v1/orders refuses', () => {
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

  it('more fields than an answer lists, and says how many it leaves out', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 150 }, (_each, nth) => [`x${nth}`, 1]));
    const answer = await cluster.client.send<{ errors: unknown[] }>('/v1/orders', {
      method: 'POST',
      headers: json,
      body: order(unknown),
    });
    expect(answer).toMatchObject({ status: 400, body: { errorsLeftOut: 50 } });
    expect(answer.body.errors).toHaveLength(100);
  });

  it('a dropped key together with every other bad field', async () => {
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
      { headers: json, body: spelled('quantity', 'NaN') },
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

describe('GET refuses', () => {
  it.each([
    ['/v1/orders?limit=0', 'limit'],
    ['/v1/orders?limit=101', 'limit'],
    ['/v1/orders?limit=1.5', 'limit'],
    ['/v1/orders?limit=ten', 'limit'],
    ['/v1/orders?limit=', 'limit'],
    ['/v1/orders?limit=1&limit=2', 'limit'],
    ['/v1/orders?status=LOST', 'status'],
    ['/v1/orders?status=CONFIRMED&status=PENDING', 'status'],
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
});

type Method = keyof InventoryService;

const line = (fields: object) => ({
  reservationId: 'r',
  lines: [{ sku: 'burger', quantity: 1, ...fields }],
});

const withTtl = (ttl: object) => ({ ...line({}), ttl });

const adjustment = (fields: object) => ({
  adjustmentId: 'a',
  sku: 'burger',
  delta: 1,
  reason: 'count',
  actor: 'ann',
  ...fields,
});

const BAD_CALLS: readonly [what: string, method: Method, message: RegExp, request: object][] = [
  ['a missing sku', 'reserveStock', /^sku is required$/, { quantity: 1 }],
  ['an empty sku', 'reserveStock', /^sku is required$/, { sku: '', quantity: 1 }],
  ['a missing quantity', 'reserveStock', /^quantity must be > 0$/, { sku: 'burger' }],
  ['zero', 'reserveStock', /^quantity must be > 0$/, { sku: 'burger', quantity: 0 }],
  [
    'a negative quantity',
    'reserveStock',
    /^quantity must be > 0$/,
    { sku: 'burger', quantity: -3 },
  ],
  ['2^31', 'reserveStock', /^quantity must be <= 1000000$/, { sku: 'burger', quantity: 2 ** 31 }],
  [
    '2^32 + 1',
    'reserveStock',
    /^quantity must be <= 1000000$/,
    { sku: 'burger', quantity: 2 ** 32 + 1 },
  ],
  [
    '2^63 - 1',
    'reserveStock',
    /^quantity must be <= 1000000$/,
    { sku: 'burger', quantity: '9223372036854775807' },
  ],
  [
    'NaN, which the wire makes 0',
    'reserveStock',
    /^quantity must be > 0$/,
    { sku: 'burger', quantity: NaN },
  ],
  [
    'a huge sku',
    'reserveStock',
    /^sku must be 1 to 64 characters/,
    { sku: 's'.repeat(65), quantity: 1 },
  ],
  ['a NUL in sku', 'reserveStock', /^sku must be 1 to 64 characters/, { sku: 'a\0b', quantity: 1 }],
  [
    'a lone surrogate, which the wire makes U+FFFD',
    'reserveStock',
    /^sku must be 1 to 64 characters/,
    { sku: '\ud800', quantity: 1 },
  ],
  [
    'SQL in sku',
    'reserveStock',
    /^sku must be/,
    { sku: "x'; drop table stock_level; --", quantity: 1 },
  ],
  [
    'a bad reservation_id',
    'reserveStock',
    /^reservation_id must be 1 to 64 characters/,
    { sku: 'burger', quantity: 1, reservationId: 'a b' },
  ],
  [
    'a missing reservation_id',
    'createReservation',
    /^reservation_id is required$/,
    { lines: [{ sku: 'burger', quantity: 1 }] },
  ],
  [
    'a huge reservation_id',
    'createReservation',
    /^reservation_id must be/,
    { ...line({}), reservationId: 'r'.repeat(65) },
  ],
  [
    'no lines',
    'createReservation',
    /^lines must have 1 to 100 lines, not 0$/,
    { reservationId: 'r' },
  ],
  [
    '101 lines',
    'createReservation',
    /^lines must have 1 to 100 lines, not 101$/,
    { reservationId: 'r', lines: Array(101).fill({ sku: 'burger', quantity: 1 }) },
  ],
  ['a line without sku', 'createReservation', /^lines\[0\]\.sku is required$/, line({ sku: '' })],
  [
    'a line of zero',
    'createReservation',
    /^lines\[0\]\.quantity must be > 0$/,
    line({ quantity: 0 }),
  ],
  [
    'a line of 2^32 + 1',
    'createReservation',
    /^lines\[0\]\.quantity must be <= 1000000$/,
    line({ quantity: 2 ** 32 + 1 }),
  ],
  ['a missing reservation_id', 'releaseReservation', /^reservation_id is required$/, {}],
  [
    'a NUL in reservation_id',
    'releaseReservation',
    /^reservation_id must be/,
    { reservationId: '\0' },
  ],
  ['a missing reservation_id', 'getReservation', /^reservation_id is required$/, {}],
  ['no skus', 'getStock', /^skus must have 1 to 100 SKUs, not 0$/, {}],
  [
    'a bad sku among good ones',
    'getStock',
    /^skus must hold SKUs only, but the one at index 1 must be/,
    { skus: ['burger', 'a b'] },
  ],
  ['a negative page_size', 'listStock', /^page_size must be >= 0$/, { pageSize: -1 }],
  ['a page_size too large', 'listStock', /^page_size must be <= 1000$/, { pageSize: 1_001 }],
  ['a bad page_token', 'listStock', /^page_token must be/, { pageToken: 'a b' }],
  ['a ttl of nothing', 'createReservation', /^ttl must be at least 1 ms/, withTtl({ seconds: 0 })],
  [
    'a ttl below a millisecond',
    'createReservation',
    /^ttl must be at least 1 ms/,
    withTtl({ nanos: 999_999 }),
  ],
  [
    'a negative ttl',
    'extendReservation',
    /^ttl must be at least 1 ms/,
    { reservationId: 'r', ttl: { seconds: -1 } },
  ],
  [
    'a ttl beyond 30 days',
    'createReservation',
    /^ttl must be at most 30 days \(2592000s\)$/,
    withTtl({ seconds: 2_592_001 }),
  ],
  [
    'a ttl beyond all numbers',
    'extendReservation',
    /^ttl must be at most 30 days/,
    { reservationId: 'r', ttl: { seconds: '9223372036854775807' } },
  ],
  ['a missing reservation_id', 'commitReservation', /^reservation_id is required$/, {}],
  ['a missing reservation_id', 'extendReservation', /^reservation_id is required$/, {}],
  ['no requests', 'batchCreateReservations', /^requests must have 1 to 256 requests, not 0$/, {}],
  [
    '257 requests',
    'batchCreateReservations',
    /^requests must have 1 to 256 requests, not 257$/,
    { requests: Array(257).fill(line({})) },
  ],
  [
    'a time in the future',
    'getStock',
    /^at must not be later than now$/,
    { skus: ['burger'], at: { seconds: 4_102_444_800 } },
  ],
  [
    'a time beyond all times',
    'getStock',
    /^at must be a time from year 1 to 9999$/,
    { skus: ['burger'], at: { seconds: '9223372036854775807' } },
  ],
  [
    'a time long before all',
    'getStock',
    /^at must be a time from year 1 to 9999$/,
    { skus: ['burger'], at: { seconds: '-9000000000000000000' } },
  ],
  [
    'a missing adjustment_id',
    'adjustStock',
    /^adjustment_id is required$/,
    adjustment({ adjustmentId: '' }),
  ],
  [
    'a huge adjustment_id',
    'adjustStock',
    /^adjustment_id must be 1 to 128 characters/,
    adjustment({ adjustmentId: 'a'.repeat(129) }),
  ],
  ['a missing sku', 'adjustStock', /^sku is required$/, adjustment({ sku: '' })],
  [
    'a missing change',
    'adjustStock',
    /^delta is required$/,
    { ...adjustment({}), delta: undefined },
  ],
  ['a huge delta', 'adjustStock', /^delta must be <= 1000000000$/, adjustment({ delta: 2 ** 33 })],
  [
    'a hugely negative delta',
    'adjustStock',
    /^delta must be >= -1000000000$/,
    adjustment({ delta: -(2 ** 33) }),
  ],
  [
    'a negative count',
    'adjustStock',
    /^set_on_hand must be >= 0$/,
    { ...adjustment({}), delta: undefined, setOnHand: -1 },
  ],
  ['a missing reason', 'adjustStock', /^reason is required$/, adjustment({ reason: '' })],
  [
    'a NUL in reason',
    'adjustStock',
    /^reason must not contain a NUL/,
    adjustment({ reason: 'a\0' }),
  ],
  [
    'a long reason',
    'adjustStock',
    /^reason must be at most 200/,
    adjustment({ reason: 'a'.repeat(201) }),
  ],
  ['a missing actor', 'adjustStock', /^actor is required$/, adjustment({ actor: '' })],
  [
    'a negative expectation',
    'adjustStock',
    /^expected_on_hand must be >= 0$/,
    adjustment({ expectedOnHand: -1 }),
  ],
  ['neither sku nor reservation', 'listStockMovements', /^sku is required$/, {}],
  [
    'a position without its sku',
    'listStockMovements',
    /^sku is required$/,
    { reservationId: 'r', afterSeq: 1 },
  ],
  [
    'a negative position',
    'listStockMovements',
    /^after_seq must be >= 0$/,
    { sku: 'burger', afterSeq: -1 },
  ],
  [
    'a page_size too large',
    'listStockMovements',
    /^page_size must be <= 1000$/,
    { sku: 'burger', pageSize: 1_001 },
  ],
];

/** Calls ReserveStock with bytes that no client library would send. */
const sendBytes = (bytes: Buffer): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const client = new Client(cluster.inventory.address, credentials.createInsecure());
    const path = '/inventory.v1.InventoryService/ReserveStock';
    const asIs = (raw: Buffer): Buffer => raw;
    client.makeUnaryRequest(path, asIs, asIs, bytes, (error, reply) => {
      client.close();
      if (error) reject(error);
      else resolve(reply);
    });
  });

describe('gRPC refuses', () => {
  it.each(BAD_CALLS)('%s in %s', async (_what, method, message, request) => {
    const error = await cluster.inventoryClient.raw(method, request).then(
      () => undefined,
      (refused: unknown) => refused as ServiceError,
    );
    expect(error).toMatchObject({
      code: GrpcStatus.INVALID_ARGUMENT,
      details: expect.stringMatching(message) as string,
    });
    expect(error && reasonFromTrailer(error.metadata)).toBe('INVALID_REQUEST');
  });

  it('a request that is no protobuf, or larger than 4 MB, without harm', async () => {
    const bytes = Writer.create().uint32(10).bytes(Buffer.alloc(5_000_000, 97)).finish();
    for (const raw of [Buffer.from('not protobuf'), Buffer.from(bytes)]) {
      await expect(sendBytes(raw)).rejects.toMatchObject({ code: expect.any(Number) as number });
    }
    await expect(cluster.inventoryClient.getStock({ skus: ['burger'] })).resolves.toMatchObject({
      levels: [{ available: 5 }],
    });
  });
});
