import type { IncomingMessage } from 'node:http';
import { classOf, type RequestClass } from './request-class';
import { bringToOriginForm } from './request-target';

const STREAM = 'text/event-stream';

const requestOf = (url: string, accept?: string, method = 'GET'): IncomingMessage =>
  ({ method, url, headers: { host: 'a', accept } }) as IncomingMessage;

it.each<[string, string | undefined, RequestClass]>([
  ['/v1/orders', undefined, 'read'],
  ['/v1/orders/1/events', undefined, 'stream'],
  ['/V1/Orders/1/EVENTS/?maxSeconds=1', undefined, 'stream'],
  ['http://a/v1/orders/1/events', undefined, 'stream'],
  ['HTTP://a:80/v1/order-events?x', undefined, 'stream'],
  ['/v1/stock-events?skus=a', undefined, 'stream'],
  ['/v1/events', undefined, 'read'],
  ['/v1/events', 'application/json', 'read'],
  ['/v1/events', `application/json, ${STREAM}`, 'read'],
  ['/v1/events', `application/json;q=0.1, ${STREAM}`, 'stream'],
  ['/v1/events', 'TEXT/Event-Stream', 'stream'],
  ['/v1/events', 'text/*', 'stream'],
  ['/v1/events', `x/${STREAM}`, 'read'],
  ['/v1/events?waitSeconds=30', undefined, 'stream'],
  ['/v1/events?limit=1&wait%53econds=30', undefined, 'stream'],
  ['/v1/events?waitSeconds=00', undefined, 'read'],
  ['/v1/events?waitSeconds=0&waitSeconds=9', undefined, 'stream'],
  ['http://a/healthz', undefined, 'health'],
  ['http://a?x', undefined, 'read'],
])('GET %s with Accept: %s is a %s', (url, accept, requestClass) => {
  const request = requestOf(url, accept);
  expect(bringToOriginForm(request)).toBeUndefined();
  expect(classOf(request)).toBe(requestClass);
});

it.each([
  '/v1/orders/1/events#x',
  '/v1\\orders',
  'ftp://a/v1',
  'http:///v1',
  'http://u@a/',
  'v1/orders',
])('%s is rejected, since it can be read in two ways', (url) => {
  expect(bringToOriginForm(requestOf(url))).toMatchObject({ reason: 'MALFORMED_REQUEST' });
});

it('an absolute target names the host', () => {
  const request = requestOf('http://shop.example:8080/v1/stock?limit=1');
  bringToOriginForm(request);
  expect(request.url).toBe('/v1/stock?limit=1');
  expect(request.headers.host).toBe('shop.example:8080');
});
