import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { WebhookReceiver } from '../../../../test/harness/webhook-receiver';
import { WebhookDeliveryClient } from './webhook-delivery.client';
import type { WebhookOptions } from './webhook-options';
import { newSecret } from './webhook-signature';

const OPTIONS: WebhookOptions = {
  allowPrivate: true,
  concurrency: 8,
  connectTimeoutMs: 300,
  timeoutMs: 500,
  minPauseMs: 1,
  maxPauseMs: 1,
  parkAfterMs: 1,
  disableAfterMs: 1,
};

const message = { id: 'test-1', body: '{"type":"webhook.test","data":{}}' };

let receiver: WebhookReceiver;
const clients: WebhookDeliveryClient[] = [];

beforeEach(async () => {
  receiver = await WebhookReceiver.start();
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.onApplicationShutdown();
  await receiver.stop();
});

const clientWith = (options: Partial<WebhookOptions> = {}): WebhookDeliveryClient => {
  const client = new WebhookDeliveryClient({ ...OPTIONS, ...options });
  clients.push(client);
  return client;
};

/** Its own timeout does not end what another limit must end. */
const patientClient = () => clientWith({ timeoutMs: 60_000 });

const sendTo = (
  url: string,
  client = clientWith(),
  signal: AbortSignal = new AbortController().signal,
) => client.send({ url, secrets: [newSecret()] }, message, signal);

it('posts the body with the headers of Standard Webhooks', async () => {
  expect(await sendTo(`${receiver.url}?tenant=1`)).toEqual({
    isDelivered: true,
    responseCode: 204,
    error: null,
  });
  const [event] = receiver.events;
  expect(event).toMatchObject({
    path: '/hook?tenant=1',
    body: message.body,
    headers: {
      'webhook-id': 'test-1',
      'webhook-signature': expect.stringMatching(/^v1,/) as string,
      'user-agent': 'QuickBite-Webhooks/1',
    },
  });
});

it('uses a connection again, and a new one if the receiver has closed it', async () => {
  const client = clientWith();
  for (let count = 1; count <= 3; count += 1) await sendTo(receiver.url, client);
  expect(receiver.connections).toBe(1);
  receiver.closeConnections();
  expect(await sendTo(receiver.url, client)).toMatchObject({ isDelivered: true });
});

it.each([
  'http://127.0.0.1',
  'http://localhost',
  'http://[::1]',
  'http://0.0.0.0',
  'http://[::ffff:127.0.0.1]',
  'http://2130706433',
  'http://169.254.169.254',
  'http://10.0.0.1',
  'https://localhost',
])('refuses %s, which is or leads to a private address', async (origin) => {
  const outcome = await sendTo(
    `${origin}:${receiver.port}/hook`,
    clientWith({ allowPrivate: false }),
  );
  expect(outcome).toMatchObject({
    isDelivered: false,
    responseCode: null,
    error: expect.stringContaining('no public address') as string,
  });
  expect(receiver.connections).toBe(0);
});

it('follows no redirect', async () => {
  receiver.respond = ({ path }, response) => {
    if (path === '/other') return 204;
    response.writeHead(307, { Location: '/other' }).end();
    return 'own';
  };
  expect(await sendTo(receiver.url)).toMatchObject({
    isDelivered: false,
    responseCode: 307,
    error: 'The response was 307; redirects are not followed',
  });
  expect(receiver.events).toHaveLength(1);
});

it('takes the time that the receiver asks to wait', async () => {
  receiver.respond = (_event, response) => {
    response.writeHead(429, { 'Retry-After': '7' }).end();
    return 'own';
  };
  expect(await sendTo(receiver.url)).toMatchObject({ responseCode: 429, retryAfterMs: 7_000 });
});

it('ends an attempt to which the receiver does not respond', async () => {
  receiver.respond = () => 'own';
  expect(await sendTo(receiver.url)).toMatchObject({
    isDelivered: false,
    error: 'No response within 500 ms',
  });
  await receiver.until('the connection is closed', () => receiver.connections === 0);
});

it('reads a bounded part of an endless body', async () => {
  let sentBytes = 0;
  receiver.respond = (_event, response) => {
    response.writeHead(200);
    const chunk = Buffer.alloc(65_536);
    const write = (): void => {
      while (!response.destroyed && response.write(chunk)) sentBytes += chunk.length;
    };
    response.on('drain', write);
    write();
    return 'own';
  };
  expect(await sendTo(receiver.url, patientClient())).toMatchObject({
    isDelivered: true,
    responseCode: 200,
  });
  await receiver.until('the connection is closed', () => receiver.connections === 0);
  expect(sentBytes).toBeLessThan(20_000_000);
});

it('does not wait for a body that does not end', async () => {
  receiver.respond = (_event, response) => {
    response.writeHead(200).write('begin');
    return 'own';
  };
  expect(await sendTo(receiver.url, patientClient())).toMatchObject({
    isDelivered: true,
    responseCode: 200,
  });
  await receiver.until('the connection is closed', () => receiver.connections === 0);
});

it('says that nothing listens, and what is not HTTP', async () => {
  const { url } = receiver;
  await receiver.stop();
  expect((await sendTo(url)).error).toMatch('ECONNREFUSED');
  receiver = await WebhookReceiver.start();
  expect((await sendTo('http://name.invalid/')).error).toMatch(/ENOTFOUND|EAI_AGAIN/);
});

it('ends at once when it is told to', async () => {
  receiver.respond = () => 'own';
  const stop = new AbortController();
  const sent = sendTo(receiver.url, patientClient(), stop.signal);
  await receiver.until('it has arrived', () => receiver.events.length === 1);
  stop.abort();
  expect(await sent).toMatchObject({ isDelivered: false });
});

describe('a server that accepts connections and is silent', () => {
  const sockets: Socket[] = [];
  let server: Server;

  beforeEach(async () => {
    server = createTcpServer((socket) => sockets.push(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server.close();
  });

  it('has no time beyond that of a connection to set up TLS', async () => {
    const { port } = server.address() as { port: number };
    const outcome = await sendTo(`https://127.0.0.1:${port}/`, patientClient());
    expect(outcome.error).toBe('No connection within 300 ms');
  });
});
