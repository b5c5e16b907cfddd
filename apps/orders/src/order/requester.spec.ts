import type { Scope } from '@app/contracts';
import { ANYONE, type Principal } from '../access/principal';
import { FOR_ANY_CUSTOMER, maySee, requesterOf } from './requester';

const caller = (...scopes: Scope[]): Principal => ({
  kind: 'apiKey',
  subject: 'u-1',
  scopes: new Set(scopes),
});

it.each<[Scope[], object]>([
  [['customer'], { actor: 'CUSTOMER', owner: 'u-1', subject: 'u-1' }],
  [['customer', 'events'], { actor: 'CUSTOMER', owner: 'u-1', subject: 'u-1' }],
  [['staff'], { actor: 'STAFF', owner: undefined, subject: 'u-1' }],
  [['customer', 'staff'], { actor: 'STAFF', owner: undefined, subject: 'u-1' }],
  [['staff', 'admin'], { actor: 'STAFF', owner: undefined, subject: 'u-1' }],
  [['admin'], { actor: 'ADMIN', owner: undefined, subject: 'u-1' }],
  [['customer', 'admin'], { actor: 'ADMIN', owner: undefined, subject: 'u-1' }],
])('a caller with the scopes %j is %j', (scopes, requester) => {
  expect(requesterOf(caller(...scopes))).toEqual(requester);
});

it('each caller counts as a customer, without restriction, while authentication is off', () => {
  expect(requesterOf(ANYONE)).toBe(FOR_ANY_CUSTOMER);
});

it('a customer may see its own orders only', () => {
  const customer = requesterOf(caller('customer'));
  expect(maySee(customer, { userId: 'u-1' })).toBe(true);
  expect(maySee(customer, { userId: 'u-2' })).toBe(false);
  expect(maySee(customer, { userId: 'U-1' })).toBe(false);
  expect(maySee(requesterOf(caller('staff')), { userId: 'u-2' })).toBe(true);
});
