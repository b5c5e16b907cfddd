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
    ORDERS_INVENTORY_TIMEOUT_MS: '1500',
    ORDERS_QUEUE_TIMEOUT_MS: '0',
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

it('lets a burst wait instead of rejecting it', async () => {
  await cluster.restartOrders({ ORDERS_QUEUE_TIMEOUT_MS: '20000' });
  const answers = await Promise.all(times(3 * MAX_IN_FLIGHT, () => cluster.client.place(order)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 409));
  await cluster.restartOrders({ ORDERS_QUEUE_TIMEOUT_MS: '0' });
});

it('gives reads places of their own', async () => {
  await cluster.withFrozenInventory(async () => {
    const before = await written();
    const admitted = times(MAX_IN_FLIGHT, () => cluster.client.place(order));
    await eventually('all places of writes are taken', async () => {
      return (await written()) === before + MAX_IN_FLIGHT;
    });
    expect(await cluster.client.get('/v1/orders?limit=1')).toMatchObject({ status: 200 });
    await Promise.all(admitted);
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

const HEAD = 'POST /v1/orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';

/** Fails where other requests occupy all slots. */
const allSlotsAreFree = async (): Promise<void> => {
  const answers = await Promise.all(times(MAX_IN_FLIGHT, () => cluster.client.place(order)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 409));
};

it('frees the slots of callers whose connections are reset', async () => {
  const body = JSON.stringify(order);
  const before = await written();
  await cluster.withFrozenInventory(async () => {
    const sockets = await Promise.all(
      times(MAX_IN_FLIGHT, () =>
        rawConnection(`${HEAD}Content-Length: ${body.length}\r\n\r\n${body}`),
      ),
    );
    await eventually('they are written', async () => {
      return (await written()) === before + MAX_IN_FLIGHT;
    });
    for (const socket of sockets) socket.resetAndDestroy();
    await eventually('a slot is free', async () => {
      return (await cluster.client.place(order)).status !== 503;
    });
    expect(await written()).toBe(before + MAX_IN_FLIGHT + 1);
  });
  await cluster.awaitQuiescence();
});

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
    await eventually('they are written', async () => {
      return (await written()) === before + MAX_IN_FLIGHT - 1;
    });
    socket.resetAndDestroy();
    await eventually('the slots are free', async () => {
      const answers = await Promise.all(times(MAX_IN_FLIGHT, () => cluster.client.place(order)));
      return answers.every(({ status }) => status !== 503);
    });
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
