import { AttackedOrders } from '../harness/attacked-orders';
import {
  COSTLY_BODIES,
  ENDLESS_HEADERS,
  sendEndlessChunks,
  UNFINISHED_BODY,
} from '../harness/hostile-requests';
import { rawRequest } from '../harness/raw-connection';

const MAX_BLOCKED_MS = 25;

let orders: AttackedOrders;

beforeAll(async () => {
  orders = await AttackedOrders.start();
});

afterAll(() => orders.cluster.stop());

beforeEach(() => orders.begin());

// `npm run test:long` has more of them, and on more connections.
describe('Orders survives', () => {
  afterEach(() => orders.expectHealthy());

  it('headers that do not end', async () => {
    await orders.send(500, ENDLESS_HEADERS);
  });

  it('bodies that do not end', async () => {
    await orders.send(500, UNFINISHED_BODY);
  });

  it('chunks that do not end, and disconnects', () => sendEndlessChunks(orders, 'GET /healthz'));

  it('10,000 pipelined requests on each connection, whose answers are not read', async () => {
    await orders.sendWithoutReading(10, rawRequest('GET /healthz').repeat(10_000));
  });
});

it.each(COSTLY_BODIES)('rejects a body of %s without blocking others', async (_what, body) => {
  const tookMs: number[] = [];
  const headers = { 'Content-Type': 'application/json' };
  while (tookMs.length < 5) {
    const { client } = orders.cluster;
    const answer = await client.send('/v1/orders', { method: 'POST', headers, body });
    expect(answer).toMatchObject({ status: 400, body: { reason: 'INVALID_REQUEST' } });
    tookMs.push(answer.tookMs);
  }
  expect(Math.min(...tookMs)).toBeLessThan(MAX_BLOCKED_MS);
});
