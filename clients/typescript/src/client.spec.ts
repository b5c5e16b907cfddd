import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  UnansweredRequestError,
  isProblem,
  QuickBiteClient,
  UnexpectedResponseError,
} from './index.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let client: QuickBiteClient;
/** What answers the requests, one after the other; the last one answers all that follow. */
let handlers: Handler[];
let requests: IncomingMessage[];

beforeEach(async () => {
  requests = [];
  server = createServer((request, response) => {
    requests.push(request);
    request.resume();
    handlers[Math.min(requests.length, handlers.length) - 1]?.(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  client = new QuickBiteClient({ baseUrl: `http://127.0.0.1:${port}/shop/` });
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const json =
  (status: number, body: object, headers: Record<string, string> = {}): Handler =>
  (_request, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };

const problem = (status: number, reason: string, members: object = {}): Handler =>
  json(status, { reason, status, detail: 'Not now.', ...members });

const disconnect: Handler = (_request, response) => void response.destroy();

const ORDER = { id: 'o-1', status: 'CONFIRMED' };
const NEW_ORDER = { userId: 'u-1', sku: 'burger', quantity: 2 };

const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a request', () => {
  it('is repeated with one idempotency key until there is an answer', async () => {
    handlers = [problem(503, 'OVERLOADED'), disconnect, json(502, {}), json(201, ORDER)];
    expect(await client.placeOrder(NEW_ORDER)).toEqual(ORDER);
    const keys = requests.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(4);
    expect(new Set(keys).size).toBe(1);
    expect(requests.map(({ url }) => url)).toEqual(Array(4).fill('/shop/v1/orders'));
  });

  it('has a key of its own, and that of its caller', async () => {
    handlers = [json(201, ORDER)];
    await client.placeOrder(NEW_ORDER);
    await client.placeOrder(NEW_ORDER);
    await client.placeOrder(NEW_ORDER, { idempotencyKey: 'a, b', requestId: 'r-1' });
    const [first, second, third] = requests.map(({ headers }) => headers);
    expect(first?.['idempotency-key']).not.toBe(second?.['idempotency-key']);
    expect(third).toMatchObject({ 'idempotency-key': '"a, b"', 'x-request-id': 'r-1' });
  });

  it('waits as long as the service asks', async () => {
    handlers = [
      json(503, { reason: 'OVERLOADED', status: 503, detail: '' }, { 'Retry-After': '1' }),
      json(200, ORDER),
    ];
    const startedMs = performance.now();
    await client.getOrder('o-1');
    expect(performance.now() - startedMs).toBeGreaterThan(990);
  });

  it.each([
    [409, 'INSUFFICIENT_STOCK'],
    [500, 'INTERNAL'],
    [429, 'RETRIED_RECENTLY'],
  ])('is not repeated after %i %s', async (status, reason) => {
    handlers = [problem(status, reason, { shortages: [] })];
    const error = await errorOf(client.placeOrder(NEW_ORDER));
    expect(error).toMatchObject({ name: 'ProblemError', reason, problem: { shortages: [] } });
    expect(requests).toHaveLength(1);
  });

  it('fails with the last error after all attempts', async () => {
    handlers = [disconnect];
    expect(await errorOf(client.getOrder('o-1'))).toBeInstanceOf(UnansweredRequestError);
    expect(requests).toHaveLength(4);
  });

  it('fails with what a proxy has answered', async () => {
    handlers = [(_request, response) => void response.writeHead(404).end('<h1>nginx</h1>')];
    const error = await errorOf(client.getOrder('o-1'));
    expect(error).toBeInstanceOf(UnexpectedResponseError);
    expect(error).toMatchObject({ status: 404, body: '<h1>nginx</h1>' });
  });

  it('ends with the reason of its signal, also while it waits', async () => {
    handlers = [problem(503, 'OVERLOADED', {})];
    const reason = new Error('The page was closed.');
    const controller = new AbortController();
    server.once('request', () => controller.abort(reason));
    expect(await errorOf(client.getOrder('o-1', { signal: controller.signal }))).toBe(reason);
    expect(requests).toHaveLength(1);
  });
});

describe('a stream', () => {
  const sse =
    (text: string, end: 'end' | 'destroy'): Handler =>
    (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write(text, () => void response[end]());
    };
  const collect = async (): Promise<unknown[]> => {
    const events: unknown[] = [];
    for await (const { id, data } of client.streamOrderEvents('o-1')) events.push([id, data]);
    return events;
  };
  const done: Handler = (_request, response) => void response.writeHead(204).end();

  it('continues after its last complete event until there is none', async () => {
    handlers = [
      sse('retry: 1\n\nid: 1\ndata: {"seq":1}\n\nid: 2\nda', 'destroy'),
      problem(503, 'SHUTTING_DOWN'),
      sse(': heartbeat\n\nid: 2\ndata: {"seq":2}\n\n', 'end'),
      done,
    ];
    expect(await collect()).toEqual([
      ['1', { seq: 1 }],
      ['2', { seq: 2 }],
    ]);
    const positions = requests.map(({ headers }) => headers['last-event-id']);
    expect(positions).toEqual([undefined, '1', '1', '2']);
  });

  it('continues after a position that came without data', async () => {
    handlers = [sse('retry: 1\n\nid: start\n\n', 'destroy'), done];
    expect(await collect()).toEqual([]);
    expect(requests[1]?.headers['last-event-id']).toBe('start');
  });

  it('throws the problem that the service rejects or ends it with', async () => {
    handlers = [
      sse('event: error\ndata: {"reason":"HISTORY_CHANGED","detail":"x"}\n\n', 'end'),
      problem(404, 'ORDER_NOT_FOUND'),
    ];
    expect(isProblem(await errorOf(collect()), 'HISTORY_CHANGED')).toBe(true);
    expect(isProblem(await errorOf(collect()), 'ORDER_NOT_FOUND')).toBe(true);
  });

  it('closes its connection when its reader has enough', async () => {
    const closed = new Promise((resolve) => {
      handlers = [
        (_request, response) => {
          response.writeHead(200).write('id: 1\ndata: {}\n\n');
          response.once('close', resolve);
        },
      ];
    });
    for await (const { id } of client.streamOrderEvents('o-1')) {
      expect(id).toBe('1');
      break;
    }
    await closed;
    expect(requests).toHaveLength(1);
  });

  it('ends without an error when its signal aborts', async () => {
    handlers = [(_request, response) => void response.writeHead(200).write('id: 1\ndata: {}\n\n')];
    const controller = new AbortController();
    const ids: string[] = [];
    for await (const { id } of client.streamStock(['a', 'b'], { signal: controller.signal })) {
      ids.push(id);
      controller.abort();
    }
    expect(ids).toEqual(['1']);
    expect(requests[0]?.url).toBe('/shop/v1/stock-events?skus=a%2Cb');
  });
});

describe('a token', () => {
  const withToken = (token: string | (() => Promise<string>)): QuickBiteClient => {
    const { port } = server.address() as AddressInfo;
    return new QuickBiteClient({ baseUrl: `http://127.0.0.1:${port}`, token });
  };
  const sent = () => requests.map(({ headers }) => headers.authorization);

  it('is sent with each request', async () => {
    handlers = [json(200, ORDER)];
    await withToken('t-1').getOrder('o-1');
    await client.getOrder('o-1');
    expect(sent()).toEqual(['Bearer t-1', undefined]);
  });

  it('is renewed for each attempt and each connection of a stream', async () => {
    let count = 0;
    const renewing = withToken(() => Promise.resolve(`t-${(count += 1)}`));
    handlers = [
      problem(503, 'OVERLOADED', {}),
      json(200, ORDER),
      (_request, response) => response.writeHead(204).end(),
    ];
    await renewing.getOrder('o-1');
    for await (const event of renewing.streamOrderEvents('o-1')) expect(event).toBeUndefined();
    expect(sent()).toEqual(['Bearer t-1', 'Bearer t-2', 'Bearer t-3']);
  });
});
