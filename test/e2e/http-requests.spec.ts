import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { RawConnection, rawRequest } from '../harness/raw-connection';
import { givenStock } from '../harness/stock';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';

const MAX_BODY_BYTES = 102_400;
const JSON_BODY = 'Content-Type: application/json';
const CHUNKED = 'Transfer-Encoding: chunked';
const NEW_ORDER = { userId: 'u-1', sku: 'raw', quantity: 1 };
const ORDER = JSON.stringify(NEW_ORDER);

let cluster: ServiceCluster;

beforeAll(async () => {
  cluster = await startCluster();
  await givenStock(cluster.inventoryDatabase, 'raw', 1_000);
});

afterAll(async () => {
  await cluster.stop();
  expect(cluster.orders.logs).not.toMatch(/"level":(50|60)/);
});

const open = (): Promise<RawConnection> => RawConnection.open(cluster.orders.address);

const send = async (
  line: string,
  request?: { headers?: readonly string[]; body?: string },
): Promise<RawConnection> => (await open()).send(rawRequest(line, request));

const chunkOf = (bytes: number): string => `${bytes.toString(16)}\r\n${' '.repeat(bytes)}\r\n`;

describe('a body beyond the limit gets 413', () => {
  it('as soon as its length is declared', async () => {
    const connection = await send('POST /v1/orders', {
      headers: [JSON_BODY, 'Content-Length: 1000000000000'],
    });
    const answer = await connection.until(/\r\n\r\n{.*}$/);
    expect(answer).toMatch(/^HTTP\/1.1 413 [^]*\r\nConnection: close\r\n/);
    expect(answer).toContain('"reason":"PAYLOAD_TOO_LARGE"');
    await connection.untilEnd();
  });

  it('as soon as it has sent too much, in chunks without an end', async () => {
    const connection = await send('POST /v1/orders', { headers: [JSON_BODY, CHUNKED] });
    connection.send(chunkOf(MAX_BODY_BYTES));
    connection.send(chunkOf(1));
    expect(await connection.until(/"PAYLOAD_TOO_LARGE"/)).toMatch(/^HTTP\/1.1 413 /);
    await connection.untilEnd();
  });

  it('before it is sent, if the client asks', async () => {
    const connection = await send('POST /v1/orders', {
      headers: [JSON_BODY, 'Expect: 100-continue', `Content-Length: ${MAX_BODY_BYTES + 1}`],
    });
    expect(await connection.until(/"PAYLOAD_TOO_LARGE"/)).toMatch(/^HTTP\/1.1 413 /);
  });
});

describe('a compressed body', () => {
  const NOT_JSON = Buffer.from('{');
  const bomb = gzipSync(Buffer.alloc(10_000_000));
  const post = (body: Buffer, encoding: string, type = 'application/json') =>
    cluster.client.send('/v1/orders', {
      method: 'POST',
      headers: { 'Content-Type': type, 'Content-Encoding': encoding },
      body,
    });

  it.each([
    ['gzip', gzipSync(ORDER)],
    ['GZIP', gzipSync(ORDER)],
    ['deflate', deflateSync(ORDER)],
    ['br', brotliCompressSync(ORDER)],
  ])('is unpacked (%s)', async (encoding, body) => {
    expect(await post(body, encoding)).toMatchObject({ status: 201 });
    expect(await post(body, encoding, 'application/json; charset="UTF-8"')).toMatchObject({
      status: 201,
    });
  });

  it.each([
    ['too much', bomb, 'gzip', 413, 'PAYLOAD_TOO_LARGE'],
    ['a part', gzipSync(ORDER).subarray(0, -9), 'gzip', 400, 'MALFORMED_JSON'],
    ['another format', gzipSync(ORDER), 'br', 400, 'MALFORMED_JSON'],
    ['no JSON', gzipSync(NOT_JSON), 'gzip', 400, 'MALFORMED_JSON'],
    ['nothing', gzipSync(''), 'gzip', 400, 'INVALID_REQUEST'],
    ['an unknown format', gzipSync(ORDER), 'zip', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['two formats', gzipSync(ORDER), 'gzip, gzip', 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ])('of %s is rejected', async (_what, body, encoding, status, reason) => {
    expect(await post(body, encoding)).toMatchObject({ status, body: { reason } });
  });

  it('in another charset is rejected', async () => {
    const answer = await post(gzipSync(ORDER), 'gzip', 'application/json; charset=utf-16');
    expect(answer).toMatchObject({ status: 415, body: { reason: 'UNSUPPORTED_MEDIA_TYPE' } });
  });
});

it('asks a client for its body that waits for that', async () => {
  const connection = await send('POST /v1/orders', {
    headers: [JSON_BODY, 'Expect: 100-continue', `Content-Length: ${ORDER.length}`],
  });
  await connection.until(/^HTTP\/1.1 100 Continue\r\n\r\n$/);
  await connection.send(ORDER).until(/HTTP\/1.1 201 /);
});

it.each([
  ['another type', [], 415],
  ['a page of another origin', [JSON_BODY, 'Sec-Fetch-Site: cross-site'], 403],
])(
  'does not ask a client for its body whose request is rejected anyway: %s',
  async (_what, headers, status) => {
    const connection = await send('POST /v1/orders', {
      headers: [...headers, 'Expect: 100-continue', `Content-Length: ${ORDER.length}`],
    });
    await connection.untilEnd();
    expect(connection.received).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*}$`));
  },
);

it('answers a client that ends its side of the connection after its order', async () => {
  const connection = await open();
  connection.socket.end(rawRequest('POST /v1/orders', { headers: [JSON_BODY], body: ORDER }));
  await connection.untilEnd();
  expect(connection.received).toMatch(/^HTTP\/1.1 201 [^]*"status":"CONFIRMED"/);
});

it('tells the client how long it keeps an idle connection open', async () => {
  const connection = await send('GET /healthz');
  await connection.until(/\r\nKeep-Alive: timeout=75\r\n/);
});

describe('a stream of events', () => {
  const place = async (): Promise<string> => (await cluster.client.place(NEW_ORDER)).body.id;

  it('ends when its client ends its side of the connection', async () => {
    const connection = await send(`GET /v1/orders/${await place()}/events`);
    await connection.until(/"event":"CONFIRMED"/);
    connection.socket.end();
    await connection.untilEnd();
  });

  it('ends when its client ends its side of the connection together with the request', async () => {
    const connection = await open();
    connection.socket.end(rawRequest(`GET /v1/orders/${await place()}/events`));
    await connection.untilEnd();
  });

  it('is the last response on its connection as long as it lasts', async () => {
    const order = { headers: [JSON_BODY, 'Idempotency-Key: behind-a-stream'], body: ORDER };
    const stream = await send('GET /v1/order-events');
    await stream.until(/\nid: /);
    await stream.send(rawRequest('POST /v1/orders', order)).untilEnd();
    const { headers } = await cluster.client.place(NEW_ORDER, {
      headers: { 'Idempotency-Key': 'behind-a-stream' },
    });
    expect(headers.get('Idempotent-Replayed')).toBeNull();
  });

  it('ends the response, and for HTTP/1.0 the connection, when the order is finished', async () => {
    const id = await place();
    const open10 = await open();
    open10.send(`GET /v1/orders/${id}/events HTTP/1.0\r\n\r\n`);
    await open10.until(/"event":"CONFIRMED"/);
    await cluster.client.request(id, 'cancel');
    await open10.until(/"event":"CANCELLED"/);
    await open10.untilEnd();
    const late = await send(`GET /v1/orders/${id}/events`);
    await late.until(/"event":"CANCELLED"[^]*\r\n0\r\n\r\n$/);
  });
});

describe('a file of /docs', () => {
  const PATH = '/docs/swagger-ui.css';
  /** `fetch` adds headers of its own to a conditional request. */
  const get = async (headers: Record<string, string>) => {
    const lines = Object.entries({ ...headers, Connection: 'close' }).map((each) =>
      each.join(': '),
    );
    const connection = await send(`GET ${PATH}`, { headers: lines });
    await connection.untilEnd();
    const [head = '', body = ''] = connection.received.split('\r\n\r\n');
    return { status: Number(head.slice(9, 12)), head, body };
  };

  it.each([
    ['a range', { Range: 'bytes=0-9' }, 206],
    ['the last bytes', { Range: 'bytes=-5' }, 206],
    ['several ranges', { Range: 'bytes=0-1,10-11' }, 200],
    ['another unit', { Range: 'lines=0-1' }, 200],
    ['no numbers', { Range: 'bytes=x' }, 200],
    ['a range of another version', { Range: 'bytes=0-9', 'If-Range': '"other"' }, 200],
    ['a version that it had', { 'If-None-Match': '"other"' }, 200],
    ['any version', { 'If-None-Match': '*' }, 304],
    ['a change since the future', { 'If-Modified-Since': 'Fri, 01 Jan 2100 00:00:00 GMT' }, 304],
    ['an invalid date', { 'If-Modified-Since': 'x', 'If-Unmodified-Since': 'x' }, 200],
  ])('is served for a request of %s', async (_what, headers, status) => {
    expect((await get(headers)).status).toBe(status);
  });

  it.each([
    ['range', { Range: 'bytes=99999999-' }, 416, 'RANGE_NOT_SATISFIABLE'],
    ['version', { 'If-Match': '"other"' }, 412, 'PRECONDITION_FAILED'],
    [
      'date',
      { 'If-Unmodified-Since': 'Sat, 01 Jan 2000 00:00:00 GMT' },
      412,
      'PRECONDITION_FAILED',
    ],
  ])('has a problem for a %s that it does not have', async (_what, headers, status, reason) => {
    const answer = await get(headers);
    expect(answer.status).toBe(status);
    expect(answer.head).toContain('\r\nContent-Type: application/problem+json');
    expect(JSON.parse(answer.body)).toMatchObject({ status, reason });
    expect(/\r\nContent-Range: bytes \*\/\d+\r\n/.test(answer.head)).toBe(status === 416);
  });
});

it.each(['/healthz', '/health/ready', '/v1/orders'])(
  'GET %s is answered in full if the client asks for another version',
  async (path) => {
    const { status, body } = await cluster.client.send<unknown>(path, {
      headers: { 'If-None-Match': '*' },
    });
    expect(status).toBe(200);
    expect(body).toBeTruthy();
  },
);
