import { Agent, request } from 'node:http';
import { givenStock } from '../harness/stock';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';
import { eventually, times } from '../harness/wait';

let cluster: ServiceCluster;

beforeEach(async () => {
  cluster = await startCluster({ SHUTDOWN_DRAIN_MS: '1500' });
  await givenStock(cluster.inventoryDatabase, 'last-minute', 100);
});

afterEach(() => cluster.stop());

const order = { userId: 'u-1', sku: 'last-minute', quantity: 1 };

const notReady = () =>
  eventually('readiness is off', async () => {
    const { status, body } = await cluster.client.get<{ reason?: string }>('/health/ready');
    return status === 503 && body.reason === 'SHUTTING_DOWN';
  });

/** Places an order over a kept-open connection, as a load balancer does. */
const placeOver = (agent: Agent): Promise<{ status: number; connection: string | undefined }> =>
  new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json' };
    const sent = request(
      `${cluster.orders.url}/v1/orders`,
      { agent, method: 'POST', headers },
      (answer) => {
        answer.resume().on('end', () => {
          resolve({ status: answer.statusCode ?? 0, connection: answer.headers.connection });
        });
      },
    );
    sent.on('error', reject).end(JSON.stringify(order));
  });

it('reports that it stops, still serves requests, and asks clients to close the connection', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  expect(await placeOver(agent)).toEqual({ status: 201, connection: 'keep-alive' });
  const stopped = cluster.orders.stop();
  await notReady();
  expect(await placeOver(agent)).toEqual({ status: 201, connection: 'close' });
  expect(await stopped).toBe(0);
  agent.destroy();
});

it('answers requests in flight and exits without waiting for idle connections', async () => {
  const agent = new Agent({ keepAlive: true });
  await Promise.all(times(5, () => placeOver(agent)));
  const inFlight = cluster.withFrozenInventory(async () => {
    const answers = times(5, () => placeOver(agent));
    // A second signal would stop it at once.
    const stopped = cluster.orders.stop();
    await notReady();
    await eventually('it no longer listens', () =>
      fetch(`${cluster.orders.url}/healthz`).then(
        () => false,
        () => true,
      ),
    );
    return { answers, stopped };
  });
  const { answers, stopped } = await inFlight;
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(times(5, () => 201));
  expect(await stopped).toBe(0);
  agent.destroy();
});

it('stops the reconciler before its dependencies', async () => {
  await cluster.withFrozenInventory(async () => {
    await cluster.restartOrders({ ORDERS_INVENTORY_TIMEOUT_MS: '50', SHUTDOWN_DRAIN_MS: '0' });
    await Promise.all(times(50, () => cluster.client.place(order)));
  });
  expect(await cluster.orders.stop()).toBe(0);
  expect(cluster.orders.logs).not.toMatch(/"level":(50|60)/);
  await cluster.orders.start();
  await cluster.awaitQuiescence();
});
