import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { RawConnection, rawRequest } from '../harness/raw-connection';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';
import { givenStock } from '../harness/stock';

interface ProblemBody {
  readonly reason: string;
  readonly detail: string;
  readonly id: string;
}

let cluster: ServiceCluster;

beforeAll(async () => {
  cluster = await startCluster();
  await givenStock(cluster.inventoryDatabase, 'text', 1_000);
});

afterAll(async () => {
  await cluster.stop();
  expect(cluster.orders.logs).not.toMatch(/"level":(50|60)/);
});

const ordersInDatabase = () =>
  cluster.ordersDatabase.query('select id, user_id, note, idempotency_key from orders order by id');

const post = (body: Buffer, headers: Record<string, string> = {}) =>
  cluster.client.send<ProblemBody>('/v1/orders', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
  });

const order = (userId: string): string => JSON.stringify({ userId, sku: 'text', quantity: 1 });

/** An order in an encoding of one byte per character. */
const latin1 = (userId: string): Buffer => Buffer.from(order(userId), 'latin1');

const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

const utf32le = (text: string): Buffer =>
  Buffer.concat(
    Array.from(text, (character) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(character.codePointAt(0) ?? 0);
      return bytes;
    }),
  );

describe('a body that is not UTF-8 is rejected, and stores nothing:', () => {
  const cases: readonly [string, Buffer, Record<string, string>, RegExp][] = [
    ['Latin-1', latin1('Zoë'), { 'Idempotency-Key': 'k-1' }, /is not valid UTF-8 at byte 13,/],
    [
      'another letter',
      latin1('Zoê'),
      { 'Idempotency-Key': 'k-1' },
      /is not valid UTF-8 at byte 13,/,
    ],
    ['gzip', gzipSync(latin1('Zoë')), { 'Content-Encoding': 'gzip' }, /UTF-8 at byte 13,/],
    ['deflate', deflateSync(latin1('Zoë')), { 'Content-Encoding': 'deflate' }, /UTF-8 at byte 13,/],
    ['br', brotliCompressSync(latin1('Zoë')), { 'Content-Encoding': 'br' }, /UTF-8 at byte 13,/],
    [
      'an overlong form',
      Buffer.concat([Buffer.from('{"userId":"'), Buffer.of(0xc1, 0x81), Buffer.from('"}')]),
      {},
      /UTF-8 at byte 11,/,
    ],
    [
      'half a character at the end',
      Buffer.concat([Buffer.from(order('u')), Buffer.of(0xe2, 0x82)]),
      {},
      /UTF-8 at byte \d+,/,
    ],
    ['UTF-16 without a mark', Buffer.from(order('u'), 'utf16le'), {}, /is in UTF-16 or UTF-32;/],
    ['UTF-16 with a mark', Buffer.from(`\ufeff${order('u')}`, 'utf16le'), {}, /is in UTF-16/],
    ['big-endian UTF-16', utf16be(`\ufeff${order('u')}`), {}, /is in UTF-16/],
    ['UTF-32', utf32le(order('u')), {}, /is in UTF-16 or UTF-32;/],
  ];

  it.each(cases)('%s', async (_what, body, headers, detail) => {
    const before = await ordersInDatabase();
    const answer = await post(body, headers);
    expect(answer).toMatchObject({ status: 400, body: { reason: 'MALFORMED_JSON' } });
    expect(answer.body.detail).toMatch(detail);
    expect(await ordersInDatabase()).toEqual(before);
  });
});

it.each([
  'utf-16',
  'UTF-16LE',
  'utf-32',
  'utf-7',
  'latin1',
  'utf-8-x',
  '"utf-16"',
  'utf-8; charset=utf-16',
])('a body with charset=%s is rejected, whatever its bytes are', async (charset) => {
  for (const encode of [(bytes: Buffer) => bytes, gzipSync]) {
    const answer = await post(encode(Buffer.from(order('u'))), {
      'Content-Type': `application/json; charset=${charset}`,
      ...(encode === gzipSync && { 'Content-Encoding': 'gzip' }),
    });
    expect(answer).toMatchObject({ status: 415, body: { reason: 'UNSUPPORTED_MEDIA_TYPE' } });
  }
});

it.each(['utf8', 'UTF8', 'utf-8', '"Utf-8"', '"utf8"'])(
  'charset=%s is accepted',
  async (charset) => {
    for (const encode of [(bytes: Buffer) => bytes, gzipSync]) {
      const answer = await post(encode(Buffer.from(order('Zoë'))), {
        'Content-Type': `application/json;charset=${charset}`,
        ...(encode === gzipSync && { 'Content-Encoding': 'gzip' }),
      });
      expect(answer).toMatchObject({ status: 201, body: { userId: 'Zoë' } });
    }
  },
);

it('a byte order mark of UTF-8 is ignored, also in a compressed body', async () => {
  const marked = Buffer.from(`\ufeff${order('marked')}`);
  expect(await post(marked)).toMatchObject({ status: 201, body: { userId: 'marked' } });
  expect(await post(gzipSync(marked), { 'Content-Encoding': 'gzip' })).toMatchObject({
    status: 201,
  });
});

it.each([
  ['{"userId":"u",\n "sku":"text",\n "quantity":1,}', 'line 3, column 15: expected a field name'],
  ['{"userId":"\u{1F355}é", sku:"text"}', 'line 1, column 17: expected a field name'],
  ['{"userId":"u"', 'line 1, column 14: expected a comma or }'],
  ["{'userId':'u'}", 'line 1, column 2: expected a field name in double quotes or }'],
])('malformed JSON is answered with its line and column: %j', async (body, position) => {
  for (const answer of [
    await post(Buffer.from(body)),
    await post(gzipSync(body), { 'Content-Encoding': 'gzip' }),
  ]) {
    expect(answer).toMatchObject({ status: 400, body: { reason: 'MALFORMED_JSON' } });
    expect(answer.body.detail).toContain(`The body is not valid JSON at ${position}`);
  }
});

describe('a request line or header that is not UTF-8 is rejected:', () => {
  /** Sends the characters as bytes, as a client does that encodes nothing. */
  const answerTo = async (line: string, headers: readonly string[] = [], body = '') => {
    const connection = await RawConnection.open(cluster.orders.address);
    const request = rawRequest(line, { headers: ['Connection: close', ...headers], body });
    await connection.send(Buffer.from(request, 'latin1')).untilEnd();
    const [head = '', text = ''] = connection.received.split('\r\n\r\n');
    return { status: Number(head.slice(9, 12)), text };
  };

  it.each([
    ['a query in Latin-1, percent-encoded', '/v1/orders?userId=Zo%EB', 'userId'],
    ['an overlong query', '/v1/orders?limit=1&userId=%C0%AF', 'userId'],
    ['a surrogate', '/v1/orders?userId=%ED%A0%80', 'userId'],
    ['a lone percent sign', '/v1/orders?userId=100%', 'userId'],
    ['the name of a parameter', '/v1/orders?us%E9r=1', 'query'],
    ['a path', '/v1/orders/%E9', 'path'],
    ['the path of a SKU', '/v1/stock/caf%E9', 'path'],
    ['a path without a parameter', '/v1/%FF', 'path'],
  ])('%s', async (_what, target, field) => {
    const { status, text } = await answerTo(`GET ${target}`);
    expect({ status, ...(JSON.parse(text) as object) }).toMatchObject({
      status: 400,
      reason: 'INVALID_REQUEST',
      errors: [{ field, detail: `${field} must be correctly percent-encoded UTF-8` }],
    });
  });

  it.each(['Zo\xeb', 'Zo\xc3\xab'])('a query in bytes: %j', async (userId) => {
    expect(await answerTo(`GET /v1/orders?userId=${userId}`)).toMatchObject({ status: 400 });
  });

  it.each(['k-\xe9', 'k-\xc3\xa9', '"k-\xe8"'])('Idempotency-Key: %j', async (key) => {
    const before = await ordersInDatabase();
    const headers = ['Content-Type: application/json', `Idempotency-Key: ${key}`];
    const { status, text } = await answerTo('POST /v1/orders', headers, order('u'));
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ errors: [{ field: 'Idempotency-Key' }] });
    expect(await ordersInDatabase()).toEqual(before);
  });

  it('but a query in percent-encoded UTF-8 is not', async () => {
    await post(Buffer.from(order('Zoë & Søn +1')));
    const query = new URLSearchParams({ userId: 'Zoë & Søn +1' });
    const { body } = await cluster.client.get<{ orders: unknown[] }>(
      `/v1/orders?${query.toString()}`,
    );
    expect(body.orders).toMatchObject([{ userId: 'Zoë & Søn +1' }]);
  });
});
