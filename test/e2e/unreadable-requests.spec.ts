import { RawConnection } from '../harness/raw-connection';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';

let cluster: ServiceCluster;

beforeAll(async () => {
  cluster = await startCluster();
});

afterAll(() => cluster.stop());

const answerTo = async (bytes: string) => {
  const connection = await RawConnection.open(cluster.orders.address);
  await connection.send(bytes).untilEnd();
  const [head = '', body = ''] = connection.received.split('\r\n\r\n');
  return { head, problem: JSON.parse(body.replace(/^[0-9a-f]+\r\n/, '')) as object };
};

const HOST = 'Host: localhost\r\n';
const CHUNKED = 'Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n';

it.each<
  [what: string, bytes: string, status: number, reason: string, detail: RegExp, path: string]
>([
  ['no HTTP', 'hello\r\n\r\n', 400, 'MALFORMED_REQUEST', /not HTTP\/1.1: Invalid/, ''],
  [
    'a faulty header',
    `GET /healthz HTTP/1.1\r\n${HOST}a b: c\r\n\r\n`,
    400,
    'MALFORMED_REQUEST',
    /Invalid header token/,
    '',
  ],
  [
    'two lengths of the body',
    `POST /v1/orders HTTP/1.1\r\n${HOST}Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}`,
    400,
    'MALFORMED_REQUEST',
    /Content-Length/,
    '',
  ],
  [
    'no Host',
    'GET /healthz HTTP/1.1\r\n\r\n',
    400,
    'MALFORMED_REQUEST',
    /has no Host header/,
    '/healthz',
  ],
  [
    'a fragment in its target',
    `GET /v1/orders#x HTTP/1.1\r\n${HOST}\r\n`,
    400,
    'MALFORMED_REQUEST',
    /percent-encoded/,
    '/v1/orders#x',
  ],
  [
    'a target of another scheme',
    `GET ftp://localhost/healthz HTTP/1.1\r\n${HOST}\r\n`,
    400,
    'MALFORMED_REQUEST',
    /neither a path nor an http URL/,
    'ftp://localhost/healthz',
  ],
  [
    'the host of another site in its target',
    `GET http://shop.example/v1/stock HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`,
    403,
    'HOST_NOT_SERVED',
    /shop\.example/,
    '/v1/stock',
  ],
  [
    'headers beyond the limit',
    `GET /healthz HTTP/1.1\r\n${HOST}Cookie: ${'x'.repeat(9_000)}\r\n\r\n`,
    431,
    'HEADERS_TOO_LARGE',
    /exceed 8 kB/,
    '',
  ],
  [
    'chunks with long extensions',
    `POST /v1/orders HTTP/1.1\r\n${HOST}${CHUNKED}\r\n1;${'x'.repeat(20_000)}\r\n`,
    413,
    'PAYLOAD_TOO_LARGE',
    /extensions of the chunks/,
    '',
  ],
  [
    'an expectation',
    `POST /v1/orders HTTP/1.1\r\n${HOST}Expect: magic\r\nConnection: close\r\n\r\n`,
    417,
    'EXPECTATION_FAILED',
    /100-continue/,
    '/v1/orders',
  ],
])('a request with %s gets a problem', async (_what, bytes, status, reason, detail, path) => {
  const { head, problem } = await answerTo(bytes);
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(head).toMatch(/\r\nContent-Type: application\/problem\+json/i);
  expect(head).toMatch(/\r\nX-Request-Id: [!-~]+/i);
  expect(head).toMatch(/\r\nConnection: close/i);
  expect(problem).toMatchObject({ status, reason, instance: path });
  expect(problem).toMatchObject({ detail: expect.stringMatching(detail) as string });
});

it('a HEAD request gets no body', async () => {
  const connection = await RawConnection.open(cluster.orders.address);
  await connection
    .send(`HEAD /healthz HTTP/1.1\r\n${HOST}Cookie: ${'x'.repeat(9_000)}\r\n\r\n`)
    .untilEnd();
  expect(connection.received).toMatch(/^HTTP\/1.1 431 [^{]*\r\n\r\n$/);
});
