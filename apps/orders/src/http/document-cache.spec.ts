import type { Request, Response } from 'express';
import { cacheDocument } from './document-cache';

interface Sent {
  readonly body: string;
  readonly type: string | undefined;
}

const handle = cacheDocument();
let written = 0;

/** Requests a file of an application that writes another text each time. */
const get = (path: string, { host = 'a.test', status = 200 } = {}): Sent => {
  const headers = new Map<string, string>();
  let sent: string | undefined;
  const response = {
    statusCode: status,
    get: (name: string) => headers.get(name),
    setHeader: (name: string, value: string) => headers.set(name, value),
    send: (body: string | Buffer) => {
      sent = body.toString();
    },
  } as unknown as Response;
  const request = { path, host, protocol: 'http', headers: {} } as unknown as Request;
  handle(request, response, () => {
    written += 1;
    response.setHeader('Content-Type', 'text/x');
    response.send(`text ${written}`);
  });
  if (sent === undefined) throw new Error('Nothing was sent');
  return { body: sent, type: headers.get('Content-Type') };
};

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
  jest.advanceTimersByTime(60_000);
});

afterEach(() => jest.useRealTimers());

it.each(['/openapi.json', '/openapi.yaml'])(
  'writes %s once in ten seconds, with its type',
  (path) => {
    const first = get(path);
    expect(first.type).toBe('text/x');
    expect(get(path)).toEqual(first);
    jest.advanceTimersByTime(11_000);
    expect(get(path)).not.toEqual(first);
  },
);

it('writes a file for each URL at which clients see the API', () => {
  const first = get('/openapi.json');
  const other = get('/openapi.json', { host: 'b.test' });
  expect(other).not.toEqual(first);
  expect(get('/openapi.json', { host: 'b.test' })).toEqual(other);
  expect(get('/openapi.json')).toEqual(first);
});

it('keeps a bounded number of files', () => {
  const first = get('/openapi.json');
  for (let each = 0; each < 8; each += 1) get('/openapi.json', { host: `${each}.test` });
  expect(get('/openapi.json')).not.toEqual(first);
});

it('keeps no other path, and no failure', () => {
  for (const path of ['/v1/orders', '/docs/swagger-ui-init.js'])
    expect(get(path)).not.toEqual(get(path));
  const failed = get('/openapi.yaml', { status: 503 });
  expect(get('/openapi.yaml')).not.toEqual(failed);
});
