import { AttackedOrders, RECOVERY_HOOK_TIMEOUT_MS } from '../harness/attacked-orders';
import {
  COSTLY_BODIES,
  ENDLESS_HEADERS,
  NO_REQUESTS,
  sendEndlessChunks,
  UNFINISHED_BODY,
  unfinishedGzip,
} from '../harness/hostile-requests';
import { rawRequest } from '../harness/raw-connection';
import { eventually } from '../harness/wait';

const MAX_BLOCKED_MS = 25;
const UNKNOWN_ORDER = '/v1/orders/01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55';

let orders: AttackedOrders;

beforeAll(async () => {
  orders = await AttackedOrders.start();
});

afterAll(() => orders.cluster.stop());

beforeEach(() => orders.begin());

afterEach(() => orders.expectHealthy(), RECOVERY_HOOK_TIMEOUT_MS);

describe('Orders survives', () => {
  it('connections without a request, more than it keeps open', async () => {
    await orders.send(6_000, '');
  });

  it('headers that do not end', async () => {
    await orders.send(2_000, ENDLESS_HEADERS);
  });

  it('headers that are too large', async () => {
    const all = await orders.send(500, `GET / HTTP/1.1\r\n${'X: x\r\n'.repeat(5_000)}`);
    await Promise.all(all.map((each) => each.until(/^HTTP\/1.1 431 /)));
  });

  it('bodies that do not end', async () => {
    await orders.send(500, UNFINISHED_BODY);
  });

  it('compressed bodies that do not end', async () => {
    await orders.send(2_000, unfinishedGzip());
  });

  it.each(['POST /v1/orders', 'GET /healthz', 'DELETE /v1/orders', 'POST /v1/none'])(
    'chunks without an end after %s, and disconnects',
    (line) => sendEndlessChunks(orders, line),
  );

  it.each([
    'GET /healthz',
    'GET /health/ready',
    'GET /v1/orders',
    `HEAD ${UNKNOWN_ORDER}/events`,
    `GET ${UNKNOWN_ORDER}/events`,
    'GET /docs/swagger-ui-bundle.js',
    'GET /none',
  ])('10,000 pipelined requests of %s on each connection, whose answers are not read', (line) =>
    orders.sendWithoutReading(20, rawRequest(line).repeat(10_000)),
  );

  it.each(['GET /v1/orders?limit=100', 'GET /openapi.json', 'GET /docs/swagger-ui-bundle.js'])(
    'clients that do not read the answers to %s',
    (line) => orders.sendWithoutReading(400, rawRequest(line).repeat(8)),
  );
});

it.each(NO_REQUESTS)('disconnects a client that sends %s', async (_what, bytes) => {
  const all = await orders.send(500, bytes);
  await Promise.all(all.map((each) => each.untilEnd()));
  for (const { received } of all) expect(received).toMatch(/^$|^HTTP\/1.1 400 /);
});

it('answers a request to change the protocol as an ordinary one', async () => {
  const headers = ['Connection: Upgrade', 'Upgrade: websocket'];
  const all = await orders.send(500, rawRequest('GET /healthz', { headers }));
  await Promise.all(all.map((each) => each.until(/^HTTP\/1.1 200 [^]*ok$/)));
});

it.each(COSTLY_BODIES)('rejects a body of %s without blocking others', async (_what, body) => {
  const headers = { 'Content-Type': 'application/json' };
  // A busy machine delays some of the calls.
  await eventually(`a call takes less than ${MAX_BLOCKED_MS} ms`, async () => {
    const { client } = orders.cluster;
    const answer = await client.send('/v1/orders', { method: 'POST', headers, body });
    expect(answer).toMatchObject({ status: 400, body: { reason: 'INVALID_REQUEST' } });
    return answer.tookMs < MAX_BLOCKED_MS;
  });
});
