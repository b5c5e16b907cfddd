import type { Scope } from '@app/contracts';
import { customerOf, ownerOf } from './ownership';
import { ANYONE, type Principal, UNAUTHENTICATED } from './principal';

const caller = (...scopes: Scope[]): Principal => ({
  kind: 'token',
  subject: 'u-1',
  scopes: new Set(scopes),
});

it('a customer is restricted to its own orders, also with the scope of events', () => {
  expect(ownerOf(caller('customer'))).toBe('u-1');
  expect(ownerOf(caller('customer', 'events'))).toBe('u-1');
});

it.each<[string, Principal]>([
  ['staff', caller('staff')],
  ['staff that is a customer, too', caller('customer', 'staff')],
  ['an administrator', caller('admin')],
  ['an administrator that is a customer, too', caller('customer', 'admin')],
  ['every caller while authentication is off', ANYONE],
])('%s is not', (_who, principal) => {
  expect(ownerOf(principal)).toBeUndefined();
  expect(customerOf(principal, 'u-2')).toBe('u-2');
  expect(customerOf(principal, undefined)).toBeUndefined();
});

it('a customer may leave its user id out, or name itself', () => {
  expect(customerOf(caller('customer'), undefined)).toBe('u-1');
  expect(customerOf(caller('customer'), 'u-1')).toBe('u-1');
  const composed: Principal = { ...caller('customer'), subject: 'Jos\u00e9' };
  expect(customerOf(composed, 'Jose\u0301')).toBe('Jose\u0301');
});

it.each(['u-2', 'U-1', 'u-1 ', ''])('a customer must not name %j', (named) => {
  expect(() => customerOf(caller('customer'), named)).toThrow(
    expect.objectContaining({
      reason: 'PERMISSION_DENIED',
      metadata: { requiredScopes: ['staff'] },
    }) as Error,
  );
});

it.each([null, 7, ['u-2'], { userId: 'u-2' }])('leaves %j to the validation', (named) => {
  expect(customerOf(caller('customer'), named)).toBe(named);
});

it('a caller without credentials owns nothing', () => {
  expect(ownerOf(UNAUTHENTICATED)).toBeUndefined();
  expect(UNAUTHENTICATED.scopes.size).toBe(0);
});

it('does not normalize a user id that the validation rejects, which would take seconds', () => {
  const normalize = jest.spyOn(String.prototype, 'normalize');
  const marks = `a${'\u0344\u0316'.repeat(25_000)}`;
  expect(() => customerOf(caller('customer'), marks)).toThrow();
  expect(normalize).not.toHaveBeenCalled();
  normalize.mockRestore();
});
