import { ApiDocument } from './api-document';
import { type HttpCaller, HttpChecks } from './http-checks';
import type { HttpAnswer } from './http-client';
import type { HttpRequest } from './http-inputs';
import { HttpValidity } from './http-validity';
import { SchemaChecks } from './schema-checks';

const document = ApiDocument.read();
const checks = new HttpChecks(
  document,
  new SchemaChecks(document, { isClosed: true }),
  new HttpValidity(document, new SchemaChecks(document)),
  ['a-secret-token'],
);

const caller = (subject: string, ...scopes: string[]): HttpCaller => ({
  name: subject,
  subject,
  scopes,
  headers: [],
});
const CUSTOMER = caller('customer-1', 'customer');
const STAFF = caller('ann', 'staff');
const NOBODY = caller('');

const ID = '01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55';
const ORDER = {
  id: ID,
  userId: 'customer-1',
  note: null,
  status: 'CONFIRMED',
  sku: 'burger',
  quantity: 1,
  items: [{ sku: 'burger', quantity: 1 }],
  createdAt: '2026-11-23T12:00:00.000Z',
  updatedAt: '2026-11-23T12:00:00.000Z',
};
const problem = (status: number, reason: string, detail = 'Text.') => ({
  type: `urn:quickbite:problem:${reason.toLowerCase().replaceAll('_', '-')}`,
  ...{ title: 'Title', status, detail, instance: '/v1/orders', reason },
});

const get = (target: string): HttpRequest => ({
  ...{ method: 'GET', target, headers: [], body: undefined },
});
const post = (body: object, type = 'application/json'): HttpRequest => ({
  method: 'POST',
  target: '/v1/orders',
  headers: [['Content-Type', type]],
  body: Buffer.from(JSON.stringify(body)),
});
const answer = (status: number, body: object, type?: string): HttpAnswer => ({
  status,
  headers: {
    'x-request-id': 'r',
    'www-authenticate': 'Bearer',
    'retry-after': '1',
    'content-type': type ?? (status < 400 ? 'application/json' : 'application/problem+json'),
  },
  text: JSON.stringify(body),
  isCut: false,
});

const GET_ORDER = get(`/v1/orders/${ID}`);
const NOT_FOUND = { ...problem(404, 'ORDER_NOT_FOUND'), orderId: ID };
const NEW_ORDER = { sku: 'burger', quantity: 1 };

it.each([
  ['an order', GET_ORDER, answer(200, ORDER), CUSTOMER],
  ['a new order', post(NEW_ORDER), answer(201, ORDER), CUSTOMER],
  ['an unknown order', GET_ORDER, answer(404, NOT_FOUND), STAFF],
  ['no credentials', GET_ORDER, answer(401, problem(401, 'UNAUTHENTICATED')), NOBODY],
  ['an unknown path', get('/v1/x'), answer(404, problem(404, 'ROUTE_NOT_FOUND')), STAFF],
] as const)('finds no fault in the answer to %s', (_what, request, sent, by) => {
  expect(checks.faultsOf(request, sent, by)).toEqual([]);
});

it.each([
  ['500', GET_ORDER, answer(500, problem(500, 'INTERNAL')), STAFF, /^status 500/],
  ['an undocumented status', GET_ORDER, answer(410, {}), STAFF, /does not document status 410/],
  ['an undocumented reason', GET_ORDER, answer(404, problem(404, 'SKU_NOT_FOUND')), STAFF, /data/],
  ['a 503 of another reason', GET_ORDER, answer(503, problem(503, 'SHUTTING_DOWN')), STAFF, /data/],
  ['an undocumented type', GET_ORDER, answer(200, ORDER, 'text/html'), STAFF, /text\/html/],
  ['a missing member', GET_ORDER, answer(200, { ...ORDER, items: undefined }), STAFF, /'items'/],
  ['an undocumented member', GET_ORDER, answer(200, { ...ORDER, x: 1 }), STAFF, /additional/],
  [
    'a problem as JSON',
    get('/v1/x'),
    answer(404, {}, 'application/json'),
    STAFF,
    /application\/json/,
  ],
  ['an invalid body', post({ sku: 'a b' }), answer(201, ORDER), STAFF, /calls it invalid/],
  ['a missing body', { ...post({}), body: undefined }, answer(201, ORDER), STAFF, /invalid/],
  ['another type of body', post(NEW_ORDER, 'text/plain'), answer(201, ORDER), STAFF, /invalid/],
  ['an invalid limit', get('/v1/orders?limit=0'), answer(200, {}), STAFF, /calls it invalid/],
  ['an unknown parameter', get('/v1/orders?x=1'), answer(200, {}), STAFF, /calls it invalid/],
  ['no credentials', GET_ORDER, answer(200, ORDER), NOBODY, /without permission/],
  ['another customer', GET_ORDER, answer(200, { ...ORDER, userId: 'x' }), CUSTOMER, /order of x/],
] as const)('finds that %s is a fault', (_what, request, sent, by, fault) => {
  expect(checks.faultsOf(request, sent, by)).toContainEqual(expect.stringMatching(fault));
});

it.each([
  'Error: x\n    at place (/srv/order.ts:10:5)',
  'select id from orders where id = $1',
  'duplicate key value violates unique constraint',
  'connect ECONNREFUSED 127.0.0.1:5432',
  '/app/node_modules/pg/lib/client.js',
  'a-secret-token',
])('finds that an answer tells %j', (detail) => {
  const sent = answer(404, problem(404, 'ORDER_NOT_FOUND', detail));
  expect(checks.faultsOf(GET_ORDER, sent, STAFF)).toContainEqual(
    expect.stringMatching(/^the answer contains/),
  );
});

it('knows which requests must change nothing', () => {
  const mustChangeNothing = (request: HttpRequest, by: HttpCaller): boolean =>
    checks.mustChangeNothing(request, by);
  expect(mustChangeNothing(post(NEW_ORDER), CUSTOMER)).toBe(false);
  expect(mustChangeNothing(post(NEW_ORDER), NOBODY)).toBe(true);
  expect(mustChangeNothing(post({ sku: 'burger', quantity: 0 }), CUSTOMER)).toBe(true);
  expect(mustChangeNothing(GET_ORDER, CUSTOMER)).toBe(true);
});
