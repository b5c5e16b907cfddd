import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { ANYONE, type Principal } from './principal';

const PRINCIPAL = Symbol('principal');

interface Authenticated {
  [PRINCIPAL]?: Principal;
}

/** Records the caller of a request. */
export const setPrincipal = (request: IncomingMessage, principal: Principal): void => {
  (request as Authenticated)[PRINCIPAL] = principal;
};

/**
 * Returns the caller of a request. A request has no record only while authentication is off: its caller may
 * then do anything.
 */
export const principalOf = (request: IncomingMessage): Principal =>
  (request as Authenticated)[PRINCIPAL] ?? ANYONE;

/** Injects the caller of the request. */
export const CurrentPrincipal = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Principal =>
    principalOf(context.switchToHttp().getRequest<IncomingMessage>()),
);
