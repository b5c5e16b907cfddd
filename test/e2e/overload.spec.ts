import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';
import { eventually, times } from '../harness/wait';

const MAX_IN_FLIGHT = 4;

let cluster: ServiceCluster;

beforeAll(async () => {
  cluster = await startCluster({
    ORDERS_MAX_REQUESTS_IN_FLIGHT: String(MAX_IN_FLIGHT),
    ORDERS_INVENTORY_TIMEOUT_MS: '3000',
  });
});

afterAll(() => cluster.stop());

const order = { userId: 'u-1', sku: 'nothing-of-it', quantity: 1 };

const written = async (): Promise<number> => {
  const [row] = await cluster.ordersDatabase.query<{ count: number }>(
    'select count(*)::int from orders',
  );
  return row?.count ?? 0;
};

it('rejects requests beyond its limit at once without writing them, and recovers', async () => {
  await cluster.withFrozenInventory(async () => {
    const admitted = times(MAX_IN_FLIGHT, () => cluster.client.place(order));
    await eventually('all admitted orders are written', async () => {
      return (await written()) === MAX_IN_FLIGHT;
    });

    const refused = await Promise.all(times(20, () => cluster.client.place(order)));
    for (const { status, headers, body } of refused) {
      expect({ status, body }).toMatchObject({
        status: 503,
        body: { reason: 'OVERLOADED', status: 503, instance: '/v1/orders' },
      });
      expect(headers.get('retry-after')).toBe('1');
      expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    }
    // The rejections came before the answers that wait, and so do health checks.
    expect(await written()).toBe(MAX_IN_FLIGHT);
    expect(await cluster.client.get('/health/ready')).toMatchObject({ status: 200 });
    expect(await cluster.client.get('/healthz')).toMatchObject({ status: 200, body: 'ok' });

    const answers = await Promise.all(admitted);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
  });
  await cluster.awaitQuiescence();
  expect(await cluster.client.place(order)).toMatchObject({ status: 409 });
});

it('frees the slot of each caller that disconnects', async () => {
  const body = JSON.stringify(order);
  const headers = { 'Content-Type': 'application/json' };
  await cluster.withFrozenInventory(async () => {
    for (let round = 1; round <= 3; round += 1) {
      const before = await written();
      const hangUp = new AbortController();
      const { signal } = hangUp;
      const requests = times(MAX_IN_FLIGHT, () =>
        cluster.client
          .send('/v1/orders', { method: 'POST', headers, body, signal })
          .catch(() => 'gone'),
      );
      await eventually('they are written', async () => (await written()) > before);
      hangUp.abort();
      expect(new Set(await Promise.all(requests))).toEqual(new Set(['gone']));
      await eventually('a slot is free', async () => {
        return (await cluster.client.get('/v1/orders?limit=1')).status === 200;
      });
    }
  });
  await cluster.awaitQuiescence();
});

/** Opens a connection and sends text as it is. */
const rawConnection = async (text: string): Promise<Socket> => {
  const socket = connect(Number(new URL(cluster.orders.url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => undefined).write(text);
  return socket;
};

const HEAD = 'POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

/** Fails where other requests occupy all slots. */
const allSlotsAreFree = async (): Promise<void> => {
  const lists = await Promise.all(
    times(MAX_IN_FLIGHT, () => cluster.client.get('/v1/orders?limit=1')),
  );
  expect(lists.map(({ status }) => status)).toEqual(lists.map(() => 200));
};

it('reserves no slot for a request whose body is incomplete', async () => {
  const sockets = await Promise.all(
    times(MAX_IN_FLIGHT * 2, () => rawConnection(`${HEAD}Content-Length: 100\r\n\r\n{`)),
  );
  await allSlotsAreFree();
  for (const socket of sockets) socket.destroy();
});

it('frees the slots of pipelined requests whose connection closes', async () => {
  const body = JSON.stringify(order);
  const one = `${HEAD}Content-Length: ${body.length}\r\n\r\n${body}`;
  const before = await written();
  await cluster.withFrozenInventory(async () => {
    const socket = await rawConnection(one.repeat(MAX_IN_FLIGHT - 1));
    await eventually('they are written', async () => (await written()) > before);
    socket.destroy();
  });
  await cluster.awaitQuiescence();
  await allSlotsAreFree();
});

it('frees the slot of a request whose connection closes during decompression', async () => {
  const body = gzipSync(JSON.stringify({ note: 'x'.repeat(99_000) }));
  const head = `${HEAD}Content-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`;
  const request = Buffer.concat([Buffer.from(head), body]);
  for (let time = 1; time <= MAX_IN_FLIGHT * 5; time += 1) {
    const socket = await rawConnection('');
    await new Promise((resolve) => socket.write(request, resolve));
    socket.destroy();
  }
  // It is decompressed after the others.
  const headers = { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' };
  const last = await cluster.client.send('/v1/orders', { method: 'POST', headers, body });
  expect(last).toMatchObject({ status: 400, body: { reason: 'INVALID_REQUEST' } });
  await allSlotsAreFree();
});
