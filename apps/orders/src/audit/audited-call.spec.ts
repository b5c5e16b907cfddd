import type { Scope } from '@app/contracts';
import { ANYONE, type Principal, UNAUTHENTICATED } from '../access/principal';
import { isAudited, outcomeOf, targetOfPath } from './audited-call';
import { beforeEnd } from './before-end';

const withScopes = (...scopes: Scope[]): Principal => ({
  kind: 'token',
  subject: 'u-1',
  scopes: new Set(scopes),
});

const ORDER = ['customer', 'staff'] as const;
const STAFF = ['staff'] as const;
const EVENTS = ['events'] as const;
const ADMIN = ['admin'] as const;

it.each([
  ['a customer with its own order', 'POST', ORDER, withScopes('customer'), false],
  ['staff with any order', 'POST', ORDER, withScopes('staff'), true],
  ['staff that is a customer, too', 'POST', ORDER, withScopes('customer', 'staff'), true],
  ['an administrator with an order', 'PATCH', STAFF, withScopes('admin'), true],
  ['a program with a webhook', 'DELETE', EVENTS, withScopes('events'), true],
  ['an administrator with a key', 'POST', ADMIN, withScopes('admin'), true],
  ['staff that reads', 'GET', STAFF, withScopes('staff'), false],
  ['an administrator that reads', 'HEAD', ADMIN, withScopes('admin'), false],
  ['anyone with an order, without authentication', 'POST', ORDER, ANYONE, false],
  ['anyone that fulfills, without authentication', 'POST', STAFF, ANYONE, false],
  ['anyone with a key, without authentication', 'POST', ADMIN, ANYONE, true],
  ['anyone with a webhook, without authentication', 'PATCH', EVENTS, ANYONE, true],
  ['a customer that may not', 'POST', ADMIN, withScopes('customer'), false],
  ['staff with a key, which it may not', 'POST', ADMIN, withScopes('staff'), true],
  ['a caller without credentials', 'POST', ADMIN, UNAUTHENTICATED, false],
  ['a program with an order, which it may not', 'POST', ORDER, withScopes('events'), false],
  ['anyone with what is public', 'POST', 'public' as const, ANYONE, false],
])('%s: %s is recorded or not', (_who, method, access, principal, expected) => {
  expect(isAudited(method, access, principal)).toBe(expected);
});

it('a target is what the path names', () => {
  expect(targetOfPath({})).toBeNull();
  expect(targetOfPath({ id: 'o-1' })).toBe('o-1');
  expect(targetOfPath({ id: 'w-1', deliveryId: 'd-2' })).toBe('w-1/d-2');
});

describe('the outcome of a call', () => {
  const json = (body: object) => JSON.stringify(body);

  it.each([
    [200, json({ id: 'o-1' }), 'o-1', { outcome: 'SUCCEEDED', target: null }],
    [201, json({ id: 'k-1' }), null, { outcome: 'SUCCEEDED', target: 'k-1' }],
    [201, Buffer.from(json({ id: 'k-1' })), null, { outcome: 'SUCCEEDED', target: 'k-1' }],
    [204, undefined, 'k-1', { outcome: 'SUCCEEDED', target: null }],
    [202, json([]), null, { outcome: 'SUCCEEDED', target: null }],
    [404, json({ reason: 'ORDER_NOT_FOUND' }), 'o-1', { outcome: 'ORDER_NOT_FOUND', target: null }],
    [
      409,
      json({ reason: 'INSUFFICIENT_STOCK', orderId: 'o-2' }),
      null,
      { outcome: 'INSUFFICIENT_STOCK', target: 'o-2' },
    ],
    [
      409,
      json({ reason: 'ORDER_STATE_CONFLICT', orderId: 'o-1' }),
      'o-1',
      { outcome: 'ORDER_STATE_CONFLICT', target: null },
    ],
    [500, 'not JSON', 'o-1', { outcome: '500', target: null }],
  ])('of %i with %s', (status, body, target, outcome) => {
    expect(outcomeOf(status, body, target)).toEqual(outcome);
  });
});

it('a response ends once, after the work', async () => {
  const steps: unknown[] = [];
  const response = { end: (...args: unknown[]) => steps.push(args) };
  beforeEnd(response, (body) => {
    steps.push(body);
    return Promise.resolve();
  });
  expect(response.end('body', 'utf8')).toBe(response);
  response.end();
  expect(steps).toEqual(['body']);
  await new Promise(setImmediate);
  expect(steps).toEqual(['body', ['body', 'utf8']]);
});
