import type { ExecutionContext } from '@nestjs/common';
import type { Scope } from '@app/contracts';
import type { AuditAttempt, AuditOutcome } from '@app/access';
import { Allow } from '../access/allow.decorator';
import type { Principal } from '../access/principal';
import { setPrincipal } from '../access/principal.decorator';
import { AuditedAs } from './audited-as.decorator';
import { AuditGuard } from './audit.guard';
import type { AuditService } from './audit.service';

class AuditedHandlers {
  @Allow('customer', 'staff')
  cancelOrder(): void {
    return undefined;
  }

  @Allow('staff')
  @AuditedAs('fulfillOrder')
  fulfilOrder(): void {
    return undefined;
  }
}

type Handler = keyof AuditedHandlers;

const principal = (scope: Scope): Principal => ({
  kind: 'apiKey',
  subject: 'warehouse',
  scopes: new Set([scope]),
  keyId: 'k-1',
});

let steps: unknown[];
let attempts: AuditAttempt[];
let failure: Error | undefined;

const audit = {
  begin: (attempt: AuditAttempt) => {
    attempts.push(attempt);
    steps.push('begin');
    return failure ? Promise.reject(failure) : Promise.resolve(7);
  },
  end: (position: number, outcome: AuditOutcome) => {
    steps.push(position, outcome);
    return Promise.resolve();
  },
} as unknown as AuditService;

beforeEach(() => {
  [steps, attempts, failure] = [[], [], undefined];
});

const call = (handler: Handler, caller: Principal, id = 'o-1') => {
  const request = { method: 'POST', params: { id }, ip: '203.0.113.7' };
  setPrincipal(request as never, caller);
  const response = { statusCode: 200, end: (body: string) => steps.push(body) };
  const context = {
    switchToHttp: () => ({ getRequest: () => request, getResponse: () => response }),
    getHandler: () => Reflect.get(AuditedHandlers.prototype, handler) as unknown,
  } as unknown as ExecutionContext;
  return { response, admitted: new AuditGuard(audit).canActivate(context) };
};

it('lets the call of a customer pass at once, without a trace', () => {
  expect(call('cancelOrder', principal('customer')).admitted).toBe(true);
  expect(steps).toEqual([]);
});

it('records the attempt of staff before the handler, and the outcome before the response', async () => {
  const { response, admitted } = call('cancelOrder', principal('staff'));
  expect(await admitted).toBe(true);
  expect(attempts).toEqual([
    {
      actorKind: 'apiKey',
      actor: 'warehouse',
      keyId: 'k-1',
      action: 'cancelOrder',
      target: 'o-1',
      requestId: null,
      client: '203.0.113.7',
    },
  ]);
  response.end('{"id":"o-1"}');
  await new Promise(setImmediate);
  const outcome = { outcome: 'SUCCEEDED', target: null };
  expect(steps).toEqual(['begin', 7, outcome, '{"id":"o-1"}']);
});

it('rejects a call whose attempt cannot be recorded', async () => {
  failure = new Error('lost');
  await expect(call('cancelOrder', principal('staff')).admitted).rejects.toThrow('lost');
});

it('records an alias under the name of its operation', async () => {
  await call('fulfilOrder', principal('admin')).admitted;
  expect(attempts).toMatchObject([{ action: 'fulfillOrder' }]);
});

it('stores of a path only what Postgres and a terminal can show', async () => {
  await call('cancelOrder', principal('staff'), `a\0${'x'.repeat(300)}`).admitted;
  expect(attempts).toMatchObject([{ target: `a\ufffd${'x'.repeat(198)}` }]);
});
