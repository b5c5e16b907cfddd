import { AttackedOrders, RECOVERY_HOOK_TIMEOUT_MS } from '../harness/attacked-orders';
import {
  COSTLY_BODIES,
  ENDLESS_HEADERS,
  sendEndlessChunks,
  UNFINISHED_BODY,
} from '../harness/hostile-requests';
import { rawRequest } from '../harness/raw-connection';
import { eventually } from '../harness/wait';

const MAX_BLOCKED_MS = 25;

let orders: AttackedOrders;

beforeAll(async () => {
  orders = await AttackedOrders.start();
});

afterAll(() => orders.cluster.stop());

beforeEach(() => orders.begin());

// `npm run test:long` has more of them, and on more connections.
describe('Orders survives', () => {
  afterEach(() => orders.expectHealthy(), RECOVERY_HOOK_TIMEOUT_MS);

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
  const headers = { 'Content-Type': 'application/json' };
  // A busy machine delays some of the calls.
  await eventually(`a call takes less than ${MAX_BLOCKED_MS} ms`, async () => {
    const { client } = orders.cluster;
    const answer = await client.send('/v1/orders', { method: 'POST', headers, body });
    expect(answer).toMatchObject({ status: 400, body: { reason: 'INVALID_REQUEST' } });
    return answer.tookMs < MAX_BLOCKED_MS;
  });
});
