import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { RawConnection, rawRequest } from '../../../../test/harness/raw-connection';
import { eventually } from '../../../../test/harness/wait';
import { answerClientErrors } from './client-errors';
import { HttpConnections } from './connections';
import { createHttpServer, type ServerTimeouts } from './server-timeouts';

const LONG: ServerTimeouts = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  idleTimeoutMs: 75_000,
  keepAliveTimeoutMs: 75_000,
};
const LIMITS = {
  ...{ maxConnections: 3, maxPipelined: 4, maxUnreadBytes: 200_000_000 },
  ...{ closeDelayMs: 60_000, lingerMs: 50 },
};
const GET = rawRequest('GET /');

let server: Server;
/** Admitted requests without a response. */
let waiting: ServerResponse[];
let connections: HttpConnections;

const start = async (
  timeouts: Partial<ServerTimeouts>,
  answer: (response: ServerResponse) => void = (response) => response.end('ok'),
): Promise<string> => {
  server = createHttpServer(
    (request, response) => {
      if (!connections.begin(request, response)) return;
      if (request.complete || request.method === 'GET') connections.occupy(request);
      answer(response);
    },
    { ...LONG, ...timeouts },
  );
  waiting = [];
  connections = new HttpConnections(LIMITS);
  connections.watch(server);
  answerClientErrors(server, connections);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const wait = (response: ServerResponse): void => void waiting.push(response);

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

describe('a slow client', () => {
  it('is disconnected if it does not read a long response', async () => {
    const address = await start({ idleTimeoutMs: 200 }, (response) => {
      response.end(Buffer.alloc(50_000_000));
    });
    const requested = once(server, 'request') as Promise<[unknown, ServerResponse]>;
    const { socket } = await RawConnection.open(address);
    socket.pause().write(GET);
    const [, response] = await requested;
    await once(response, 'close');
    expect(socket.bytesRead).toBeLessThan(50_000_000);
  });

  it('gets 408 if its headers take too long', async () => {
    const address = await start({ headersTimeoutMs: 100 });
    const slow = (await RawConnection.open(address)).send('GET / HTTP/1.1\r\nHost:');
    await slow.untilEnd();
    expect(slow.received).toMatch(/^HTTP\/1.1 408 Request Timeout\r\nConnection: close\r\n/);
    expect(slow.received).toContain('"reason":"REQUEST_TIMEOUT"');
  });

  it('gets 408 if its body takes longer than the limit, which the limit of the headers does not extend', async () => {
    const address = await start({ headersTimeoutMs: 100, requestTimeoutMs: 200 }, wait);
    const startedMs = performance.now();
    const slow = await RawConnection.open(address);
    slow.send(rawRequest('POST /', { headers: ['Content-Length: 9'] }));
    await slow.untilEnd();
    expect(slow.received).toMatch(/^HTTP\/1.1 408 /);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });

  it('is disconnected if it goes on sending its body after the response', async () => {
    const address = await start({});
    const endless = await RawConnection.open(address);
    endless.send(rawRequest('POST /', { headers: ['Transfer-Encoding: chunked'] }));
    await endless.until(/^HTTP\/1.1 200 [^]*ok/);
    await endless.untilEnd();
  });

  it('gets no second status line within a response', async () => {
    const address = await start({}, (response) => response.write('begin'));
    const rude = (await RawConnection.open(address)).send(GET);
    await rude.until(/begin/);
    await rude.send('this is not HTTP\r\n\r\n').untilEnd();
    expect(rude.received.match(/HTTP\/1.1/g)).toHaveLength(1);
  });
});

it('disconnects the client that has been reading for longest if clients leave too much unread', async () => {
  const long = Buffer.alloc((LIMITS.maxUnreadBytes / 4) * 3);
  const address = await start({}, (response) => response.end(long));
  const [first, second] = [await RawConnection.open(address), await RawConnection.open(address)];
  first.socket.pause().write(GET);
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
  second.socket.pause().write(GET);
  const [, later] = (await once(server, 'request')) as [unknown, ServerResponse];
  await once(response, 'close');
  expect(later.closed).toBe(false);
});

describe('an idle connection', () => {
  it('stays open for a request that is sent when its timeout passes', async () => {
    const address = await start({ keepAliveTimeoutMs: 1_000 });
    const client = (await RawConnection.open(address)).send(GET);
    await client.until(/\r\nKeep-Alive: timeout=1\r\n[^]*ok/);
    await once(server, 'timeout');
    client.received = '';
    await client.send(GET).until(/^HTTP\/1.1 200 [^]*ok/);
  });

  it('is not told that its request is late before it has sent a byte', async () => {
    const address = await start({ headersTimeoutMs: 100 });
    const early = await RawConnection.open(address);
    await once(server, 'clientError');
    await early.send(GET).until(/^HTTP\/1.1 200 [^]*ok/);
  });

  it('does not delay a shutdown, also if it has never sent a request', async () => {
    const address = await start({});
    const silent = await RawConnection.open(address);
    connections.closeIdle();
    await silent.untilEnd();
  });
});

describe('a client that ends its side of the connection after its request', () => {
  it('gets its response, and then the end', async () => {
    const address = await start({}, wait);
    const client = await RawConnection.open(address);
    const requested = once(server, 'request') as Promise<[{ socket: Socket }, unknown]>;
    client.socket.end(GET);
    const [{ socket }] = await requested;
    if (!socket.readableEnded) await once(socket, 'end');
    waiting[0]?.end('late');
    await client.untilEnd();
    expect(client.received).toMatch(/^HTTP\/1.1 200 [^]*late/);
  });

  it('gets 400 if the request is incomplete', async () => {
    const address = await start({}, wait);
    const client = await RawConnection.open(address);
    client.socket.end(rawRequest('POST /', { headers: ['Content-Length: 9'] }));
    await client.untilEnd();
    expect(client.received).toMatch(/^HTTP\/1.1 400 /);
  });
});

describe('at the limit of connections', () => {
  const openAll = (address: string) =>
    Promise.all([1, 2, 3].map(() => RawConnection.open(address)));

  it('replaces the oldest connection without a complete request', async () => {
    const address = await start({}, wait);
    const served = (await RawConnection.open(address)).send(GET);
    await once(server, 'request');
    const slow = (await RawConnection.open(address)).send('GET / HTTP/1.1\r\n');
    const silent = await RawConnection.open(address);
    const another = await RawConnection.open(address);
    await slow.untilEnd();
    expect([served.isEnded, silent.isEnded, another.isEnded]).toEqual([false, false, false]);
  });

  it('replaces the connection that has been idle for longest if all have sent requests', async () => {
    const address = await start({});
    const [first, second, third] = await openAll(address);
    for (const client of [second, first, third]) await client?.send(GET).until(/ok/);
    await RawConnection.open(address);
    await second?.untilEnd();
    expect([first?.isEnded, third?.isEnded]).toEqual([false, false]);
  });

  it('replaces the connection that has been receiving for longest if there is work for no other', async () => {
    const address = await start({}, wait);
    const [first, second, third] = await openAll(address);
    for (const client of [second, first, third]) {
      const requested = once(server, 'request');
      client?.socket.pause().write(GET);
      await requested;
    }
    const [oldest, newer, working] = waiting;
    for (const response of [oldest, newer]) {
      response?.end(Buffer.alloc(50_000_000));
      await new Promise(setImmediate);
    }
    (await RawConnection.open(address)).send(GET);
    await eventually('the new connection is served', () => waiting.length === 4);
    expect(oldest?.closed).toBe(true);
    expect([newer?.closed, working?.closed]).toEqual([false, false]);
  });

  it('closes the new connection if all others are being served', async () => {
    const address = await start({}, wait);
    for (const client of await openAll(address)) client.send(GET);
    while (waiting.length < 3) await once(server, 'request');
    await (await RawConnection.open(address)).untilEnd();
    for (const response of waiting) expect(response.closed).toBe(false);
  });
});

describe('work has ended when the handler has ended the response', () => {
  /** The numbers of the requests whose work has ended. */
  let ended: number[];
  const work = (response: ServerResponse): void => {
    const number = waiting.push(response);
    connections.whenEnded(response.req, response, () => ended.push(number));
  };

  beforeEach(() => {
    ended = [];
  });

  it('although the response waits behind another one', async () => {
    const address = await start({}, work);
    const client = (await RawConnection.open(address)).send(GET.repeat(2));
    await eventually('both are served', () => waiting.length === 2);
    waiting[1]?.end('ok');
    await new Promise(setImmediate);
    expect(ended).toEqual([2]);
    expect(client.received).toBe('');
    waiting[0]?.end('ok');
    await client.until(/ok[^]*ok/);
    expect(ended).toEqual([2, 1]);
  });

  it('although the client does not read', async () => {
    const address = await start({}, work);
    const { socket } = await RawConnection.open(address);
    socket.pause().write(GET);
    await eventually('it is served', () => waiting.length === 1);
    waiting[0]?.end(Buffer.alloc(50_000_000));
    await new Promise(setImmediate);
    expect(ended).toEqual([1]);
    expect(waiting[0]?.closed).toBe(false);
  });
});

it('disconnects a client that pipelines too many requests', async () => {
  const address = await start({}, wait);
  const client = await RawConnection.open(address);
  await client.send(GET.repeat(10_000)).untilEnd();
  expect(waiting).toHaveLength(LIMITS.maxPipelined);
  expect(client.received).toBe('');
});

it('disconnects a client that sends a request behind a stream, and serves none of them', async () => {
  const address = await start({}, wait);
  const client = await RawConnection.open(address);
  await client.send(rawRequest('GET /v1/order-events') + GET).untilEnd();
  expect(waiting).toHaveLength(1);
});

it('serves a request of a client that has not received the end of a stream', async () => {
  const address = await start({}, wait);
  const client = await RawConnection.open(address);
  client.socket.pause();
  client.send(rawRequest('GET /v1/order-events'));
  await eventually('the stream is open', () => waiting.length === 1);
  waiting[0]?.end(Buffer.alloc(50_000_000));
  client.send(GET);
  await eventually('the request is served', () => waiting.length === 2);
});
