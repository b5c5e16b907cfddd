import type { ExecutionContext } from '@nestjs/common';
import type { Scope } from '@app/contracts';
import { AccessGuard } from './access.guard';
import { Allow, OwnUserId, Public } from './allow.decorator';
import { type Principal, UNAUTHENTICATED } from './principal';
import { setPrincipal } from './principal.decorator';

class Handlers {
  @Public()
  open(): void {
    return undefined;
  }

  @Allow('customer', 'staff')
  orders(): void {
    return undefined;
  }

  @Allow('staff')
  staff(): void {
    return undefined;
  }

  @Allow('customer', 'staff')
  @OwnUserId()
  place(): void {
    return undefined;
  }

  undeclared(): void {
    return undefined;
  }
}

const caller = (...scopes: Scope[]): Principal => ({
  kind: 'token',
  subject: 'u-1',
  scopes: new Set(scopes),
});

const pass = (name: keyof Handlers, principal: Principal, body?: unknown): boolean => {
  const request = { body };
  setPrincipal(request as never, principal);
  const context = {
    getHandler: () => Reflect.get(Handlers.prototype, name) as unknown,
    switchToHttp: () => ({ getRequest: () => request }),
  };
  return new AccessGuard().canActivate(context as unknown as ExecutionContext);
};

const reasonOf = (work: () => unknown): string => {
  try {
    work();
    return 'none';
  } catch (error) {
    return (error as { reason: string }).reason;
  }
};

it.each<[keyof Handlers, Principal, string]>([
  ['open', UNAUTHENTICATED, 'none'],
  ['open', caller(), 'none'],
  ['orders', UNAUTHENTICATED, 'UNAUTHENTICATED'],
  ['orders', caller(), 'PERMISSION_DENIED'],
  ['orders', caller('events'), 'PERMISSION_DENIED'],
  ['orders', caller('customer'), 'none'],
  ['orders', caller('staff'), 'none'],
  ['orders', caller('admin'), 'none'],
  ['staff', caller('customer', 'events'), 'PERMISSION_DENIED'],
  ['staff', caller('staff'), 'none'],
  ['staff', caller('admin'), 'none'],
  ['undeclared', UNAUTHENTICATED, 'UNAUTHENTICATED'],
  ['undeclared', caller('admin'), 'PERMISSION_DENIED'],
])('%s with %j: %s', (name, principal, reason) => {
  expect(reasonOf(() => pass(name, principal))).toBe(reason);
});

it('adds the user id of a customer to its body', () => {
  const body = { sku: 'burger' };
  pass('place', caller('customer'), body);
  expect(body).toEqual({ sku: 'burger', userId: 'u-1' });
});

it('adds none for staff, which must name the customer', () => {
  const body = { sku: 'burger' };
  pass('place', caller('staff'), body);
  expect(body).toEqual({ sku: 'burger' });
});

it('rejects the user id of another customer', () => {
  const place = () => pass('place', caller('customer'), { userId: 'u-2' });
  expect(reasonOf(place)).toBe('PERMISSION_DENIED');
});

it.each([undefined, null, 'text', [{ userId: 'u-2' }]])('leaves the body %j as it is', (body) => {
  expect(pass('place', caller('customer'), body)).toBe(true);
});
