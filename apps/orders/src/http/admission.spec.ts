import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { AdaptiveLimit } from '@app/runtime';
import { Admission, type AdmissionOptions } from './admission';
import { HttpConnections } from './connections';

const MAX_IN_FLIGHT = 2;
const REQUEST = 'POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}';

const WITHOUT_QUEUE: AdmissionOptions = {
  maxReads: MAX_IN_FLIGHT,
  ...{ maxFiles: 0, queueTimeoutMs: 0, isShared: () => false },
  queue: { maxLength: 100, maxBurstMs: 60_000, maxLengthInOverload: 1 },
};

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

const start = async (options: AdmissionOptions): Promise<void> => {
  admitted = [];
  requestsFrom = [];
  const limit = new AdaptiveLimit({ min: MAX_IN_FLIGHT, max: MAX_IN_FLIGHT, targetMs: 100 });
  const connections = new HttpConnections({
    // The fake timers are not cleared, so this one must be longer than the test.
    ...{ maxConnections: 5_000, maxPipelined: 64, maxUnreadBytes: Infinity },
    ...{ closeDelayMs: 60_000, lingerMs: 60_000 },
  });
  const admission = new Admission(limit, connections, options);
  server = createServer((request, response) => {
    // The part of Express that matters here.
    const counted = request as Parameters<typeof admission.count>[0];
    admission.count(counted, response as Parameters<typeof admission.count>[1], () => {
      admitted.push(response);
    });
  });
  connections.watch(server);
  admission.guard(server);
  server.on('request', ({ socket }) => requestsFrom.push(socket.remotePort));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
};

const stop = async (): Promise<void> => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
};

beforeEach(async () => {
  jest.useFakeTimers({ doNotFake: [...ALL_BUT_SET_TIMEOUT] });
  await start(WITHOUT_QUEUE);
});

afterEach(async () => {
  await stop();
  jest.useRealTimers();
});

const client = async (): Promise<Socket> => {
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
};

const answerTo = async (socket: Socket, request = REQUEST): Promise<string> => {
  const answer = once(socket, 'data');
  socket.write(request);
  return String((await answer)[0]);
};

/** Resolves when the server has read the request. */
const send = async (socket: Socket, request = REQUEST): Promise<Socket> => {
  const received = once(server, 'request');
  socket.write(request);
  await received;
  return socket;
};

const fill = async (): Promise<void> => {
  for (let count = 1; count <= MAX_IN_FLIGHT; count += 1) await send(await client());
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

/** Sends requests until all places of writes and all places of reads are taken. */
const fillAll = async (): Promise<void> => {
  await fill();
  for (let count = 1; count <= MAX_IN_FLIGHT; count += 1) {
    const request = once(server, 'request');
    (await client()).write('GET /v1/orders HTTP/1.1\r\nHost: x\r\n\r\n');
    await request;
  }
  expect(admitted).toHaveLength(2 * MAX_IN_FLIGHT);
};

it.each([
  'GET /healthz',
  'HEAD /healthz',
  'GET /health/ready/',
  'GET /health/live?x=1',
  'GET /v1/orders/1/events',
  'GET /V1/orders/1/events/?x=1',
  'GET http://x/healthz',
])('always admits %s', async (line) => {
  await fillAll();
  const socket = await client();
  const request = once(server, 'request');
  socket.write(`${line} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await request;
  expect(admitted).toHaveLength(2 * MAX_IN_FLIGHT + 1);
});

it.each([
  'HEAD /v1/orders/1/events',
  'OPTIONS /v1/orders/1/events',
  'DELETE /v1/orders/1/events',
  'GET /v1/orders/1/events/1',
  'GET /v1/orders/1/%65vents',
  'GET /v1/orders/1%2Fevents',
  'GET /health',
  'GET /docs/x',
])('rejects %s while there are too many reads', async (line) => {
  await fillAll();
  const rejection = await answerTo(await client(), `${line} HTTP/1.1\r\nHost: x\r\n\r\n`);
  expect(rejection).toMatch(/^HTTP\/1.1 503 /);
  expect(admitted).toHaveLength(2 * MAX_IN_FLIGHT);
});

it('admits reads while there are too many writes, and writes while there are too many reads', async () => {
  for (let count = 1; count <= MAX_IN_FLIGHT; count += 1) {
    const request = once(server, 'request');
    (await client()).write('GET /v1/orders HTTP/1.1\r\nHost: x\r\n\r\n');
    await request;
  }
  await fill();
  expect(admitted).toHaveLength(2 * MAX_IN_FLIGHT);
});

it('admits as many as it has places for when complete requests arrive together on one connection', async () => {
  const socket = await client();
  socket.write(REQUEST.repeat(MAX_IN_FLIGHT + 1));
  while (requestsFrom.length < MAX_IN_FLIGHT + 1) await once(server, 'request');
  expect(admitted).toHaveLength(MAX_IN_FLIGHT);
});

it('rejects a client that asks before it sends its body without asking for the body', async () => {
  await fill();
  const head = REQUEST.replace('\r\n\r\n{}', '\r\nExpect: 100-continue\r\n\r\n');
  expect(await answerTo(await client(), head)).toMatch(/^HTTP\/1.1 503 /);
});

describe('a burst of writes', () => {
  const PATIENT = { ...WITHOUT_QUEUE, queueTimeoutMs: 60_000 };
  const patient = (timeoutMs: number) =>
    REQUEST.replace('Host: x', `Host: x\r\nRequest-Timeout-Ms: ${timeoutMs}`);
  const finishOne = async (): Promise<void> => {
    const response = admitted.find(({ writableEnded }) => !writableEnded);
    if (!response) throw new Error('No request is in flight');
    response.end('ok');
    await once(response, 'close');
  };

  beforeEach(async () => {
    await stop();
    await start(PATIENT);
  });

  it('waits and is admitted in its order, one after each response', async () => {
    await fill();
    const first = await send(await client());
    const second = await send(await client());
    expect(admitted).toHaveLength(MAX_IN_FLIGHT);
    for (const socket of [first, second]) {
      await finishOne();
      expect(admitted.at(-1)?.req.socket.remotePort).toBe(socket.localPort);
    }
  });

  it('is rejected when the timeout of its client passes', async () => {
    await fill();
    const socket = await client();
    const rejection = answerTo(socket, patient(1));
    const isAnswered = rejection.then(() => true);
    const tick = () => new Promise((resolve) => setImmediate(resolve, false));
    while (!(await Promise.race([isAnswered, tick()]))) jest.advanceTimersByTime(20);
    expect(await rejection).toMatch(/^HTTP\/1.1 503 /);
    await finishOne();
    expect(admitted).toHaveLength(MAX_IN_FLIGHT);
  });

  it("leaves the handler what is left of the client's timeout", async () => {
    await fill();
    await send(await client(), patient(60_000));
    const queuedAtMs = performance.now();
    while (performance.now() - queuedAtMs < 5) await new Promise(setImmediate);
    await finishOne();
    const leftMs = Number(admitted.at(-1)?.req.headers['request-timeout-ms']);
    expect(leftMs).toBeGreaterThan(50_000);
    expect(leftMs).toBeLessThan(60_000);
  });

  it('leaves the queue when its client disconnects', async () => {
    await fill();
    const gone = await send(await client());
    const closed = new Promise((resolve) => {
      server.once('request', ({ socket }) => socket.once('close', resolve));
    });
    const waiting = await send(await client());
    gone.destroy();
    waiting.destroy();
    await closed;
    const last = await send(await client());
    await finishOne();
    expect(admitted.at(-1)?.req.socket.remotePort).toBe(last.localPort);
  });
});

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
