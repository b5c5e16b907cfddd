import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { credentialsMissing, permissionDenied } from './access-errors';
import { accessOf, isOwnUserId } from './allow.decorator';
import { customerOf } from './ownership';
import { allows, type Principal, UNAUTHENTICATED } from './principal';
import { principalOf } from './principal.decorator';

/**
 * Lets a request reach its handler only if the caller has a scope that the handler names with `Allow`. A
 * handler without a statement is closed to every caller. Nest runs guards before the body is validated.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const handler = context.getHandler();
    const access = accessOf(handler) ?? [];
    if (access === 'public') return true;
    const request = context.switchToHttp().getRequest<Request>();
    const principal = principalOf(request);
    if (principal === UNAUTHENTICATED) throw credentialsMissing();
    if (!access.some((scope) => allows(principal, scope))) throw permissionDenied(access);
    if (isOwnUserId(handler)) nameCustomer(principal, request.body);
    return true;
  }
}

/** Adds the user id of a customer to the body, which may leave it out. Other bodies fail the validation. */
const nameCustomer = (principal: Principal, body: unknown): void => {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return;
  const fields = body as { userId?: unknown };
  const userId = customerOf(principal, fields.userId);
  if (userId !== undefined) fields.userId = userId;
};
