import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';
import { givenStock } from '../harness/stock';
import { eventually, times } from '../harness/wait';

/** Longer than any request takes, so that one that waits for Redis is noticed. */
const TIMEOUT_MS = 10_000;
const PASSWORD = 'c4n4ryb1rd';
const LIMIT = 10;
const UNAVAILABLE = /Redis at [^ ]+ is unavailable/g;

const ONE = { userId: 'u-1', sku: 'limited', quantity: 1 };

/** Accepts connections, and never answers. */
class SilentServer {
  private readonly sockets = new Set<Socket>();
  private readonly server: Server = createServer((socket) => {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
    socket.resume();
  });

  async listen(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}

const silent = new SilentServer();
let cluster: ServiceCluster;

afterAll(() => silent.close());

describe.each([
  ['refuses connections', () => Promise.resolve(1), 'ECONNREFUSED'],
  ['accepts connections and never answers', () => silent.listen(), 'the login takes too long'],
])('with a Redis that %s', (_how, portOf, reason) => {
  beforeAll(async () => {
    cluster = await startCluster({
      ORDERS_TRUSTED_PROXIES: '127.0.0.1',
      ORDERS_LIMIT_WRITES: String(LIMIT),
      ORDERS_LIMITS_REDIS_URL: `redis://orders:${PASSWORD}@127.0.0.1:${await portOf()}`,
      ORDERS_LIMITS_REDIS_TIMEOUT_MS: String(TIMEOUT_MS),
    });
    await givenStock(cluster.inventoryDatabase, 'limited', 1_000);
  });

  afterAll(() => cluster.stop());

  it('the instance starts, counts by itself, and no order waits for Redis', async () => {
    const headers = { 'X-Forwarded-For': '192.0.2.1' };
    const startedMs = performance.now();
    const answers = await Promise.all(
      times(LIMIT + 5, () => cluster.client.place(ONE, { headers })),
    );
    expect(performance.now() - startedMs).toBeLessThan(TIMEOUT_MS);
    const rejected = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(LIMIT);
    expect(rejected).toHaveLength(5);
    expect(rejected[0]?.headers.get('RateLimit')).toMatch(/^"writes";r=0;t=([1-9]|10)$/);
  });

  it('logs one line for the outage, without the password', async () => {
    const { orders } = cluster;
    await eventually('it has logged the outage', () => orders.logs.match(UNAVAILABLE));
    expect(orders.logs).toContain(`is unavailable (${reason}); retrying`);
    expect(orders.logs.match(UNAVAILABLE)).toHaveLength(1);
    expect(orders.logs).not.toContain(PASSWORD);
  });
});
