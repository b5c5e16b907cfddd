import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { AdaptiveLimit } from '@app/runtime';
import { Admission } from './admission';

const MAX_IN_FLIGHT = 2;
const REQUEST = 'POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}';

/** Only `setTimeout` is faked: the connection of a rejected client stays paused until the test moves the clock. */
const ALL_BUT_SET_TIMEOUT = [
  'Date',
  'clearImmediate',
  'clearInterval',
  'clearTimeout',
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
] as const;

let server: Server;
/** Admitted requests without a response. */
let admitted: ServerResponse[];
/** The client's port of every request that the server has read. */
let requestsFrom: (number | undefined)[];

beforeEach(async () => {
  jest.useFakeTimers({ doNotFake: [...ALL_BUT_SET_TIMEOUT] });
  admitted = [];
  requestsFrom = [];
  const limit = new AdaptiveLimit({ min: MAX_IN_FLIGHT, max: MAX_IN_FLIGHT, targetMs: 100 });
  const admission = new Admission(limit);
  server = createServer((request, response) => {
    // The part of Express that matters here.
    const counted = request as Parameters<typeof admission.count>[0];
    admission.count(counted, response as Parameters<typeof admission.count>[1], () => {
      admitted.push(response);
    });
  });
  admission.guard(server);
  server.on('request', ({ socket }) => requestsFrom.push(socket.remotePort));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  jest.useRealTimers();
});

const client = async (): Promise<Socket> => {
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
};

const answerTo = async (socket: Socket, request = REQUEST): Promise<string> => {
  const answer = once(socket, 'data');
  socket.write(request);
  return String((await answer)[0]);
};

const fill = async (): Promise<void> => {
  for (let count = 1; count <= MAX_IN_FLIGHT; count += 1) {
    const socket = await client();
    socket.write(REQUEST);
    await once(server, 'request');
  }
};

it('admits a limited number, rejects the next at once, and admits one more after each response', async () => {
  await fill();
  const rejection = await answerTo(await client());
  expect(rejection).toMatch(/^HTTP\/1.1 503 /);
  expect(rejection).toContain('Retry-After: 1\r\n');
  expect(rejection).toContain('"reason":"OVERLOADED"');
  expect(admitted).toHaveLength(MAX_IN_FLIGHT);

  const [first] = admitted;
  if (!first) throw new Error('No request was admitted');
  first.end('ok');
  await once(first, 'close');
  const socket = await client();
  const request = once(server, 'request');
  socket.write(REQUEST);
  await request;
  expect(admitted).toHaveLength(MAX_IN_FLIGHT + 1);
});

it.each(['/healthz', '/health/ready', '/health/ready?x=1', '/v1/orders/1/events'])(
  'always admits %s',
  async (path) => {
    await fill();
    const socket = await client();
    const request = once(server, 'request');
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await request;
    expect(admitted.at(-1)?.req.url).toBe(path);
  },
);

it('reads nothing more from a rejected client before its Retry-After has passed', async () => {
  await fill();
  const impatient = await client();
  const requests = () => requestsFrom.filter((port) => port === impatient.localPort).length;
  await answerTo(impatient);
  const answer = answerTo(impatient);
  jest.advanceTimersByTime(999);
  // An answer on another connection: the server has had the time to read this one.
  await answerTo(await client());
  expect(requests()).toBe(1);

  jest.advanceTimersByTime(1);
  expect(await answer).toMatch(/^HTTP\/1.1 503 /);
  expect(requests()).toBe(2);
});

it('returns a longer Retry-After when it rejects many clients', async () => {
  await fill();
  const clients = await Promise.all(Array.from({ length: 1_001 }, client));
  const answers = await Promise.all(clients.map((each) => answerTo(each)));
  const toldToWait = (seconds: number) =>
    answers.filter((answer) => answer.includes(`\r\nRetry-After: ${seconds}\r\n`)).length;
  expect(toldToWait(1) + toldToWait(2)).toBe(1_001);
  expect(await answerTo(await client())).toContain('\r\nRetry-After: 2\r\n');

  jest.advanceTimersByTime(2_000);
  expect(await answerTo(await client())).toContain('\r\nRetry-After: 1\r\n');
});

it('pauses a rejected client before the next turn of the event loop', async () => {
  await fill();
  const finished = 'http.server.response.finish';
  const isPaused = new Promise<boolean>((resolve) => {
    const listen = (message: unknown): void => {
      unsubscribe(finished, listen);
      setImmediate(() => resolve((message as { socket: Socket }).socket.isPaused()));
    };
    subscribe(finished, listen);
  });
  await answerTo(await client());
  expect(await isPaused).toBe(true);
});
