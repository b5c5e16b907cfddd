import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension, ApiSecurity } from '@nestjs/swagger';
import type { Scope } from '@app/contracts';

const ACCESS = 'quickbite:access';
const OWN_USER_ID = 'quickbite:own-user-id';

/** What a handler needs: one of these scopes, or nothing. */
export type Access = readonly Scope[] | 'public';

/** The names of the security schemes of the OpenAPI document. */
export const SECURITY_SCHEMES = { token: 'token', apiKey: 'apiKey' } as const;

/** The extension of an operation with the scopes of which any one allows it. */
export const SCOPES_EXTENSION = 'x-required-scopes';

/**
 * Lets callers with any of these scopes use a handler; `admin` implies each of them. Documents that it needs
 * credentials.
 */
export const Allow = (...scopes: readonly [Scope, ...Scope[]]): MethodDecorator =>
  applyDecorators(
    SetMetadata(ACCESS, scopes satisfies Access),
    ApiExtension(SCOPES_EXTENSION, scopes),
    ApiSecurity(SECURITY_SCHEMES.apiKey),
    ApiSecurity(SECURITY_SCHEMES.token),
  );

/** Lets callers without credentials use a handler. */
export const Public = (): MethodDecorator => SetMetadata(ACCESS, 'public' satisfies Access);

/** Lets a customer leave `userId` out of the body, and rejects that of another customer. */
export const OwnUserId = (): MethodDecorator => SetMetadata(OWN_USER_ID, true);

/** Returns what a handler needs; undefined if it does not say. */
export const accessOf = (handler: object): Access | undefined =>
  Reflect.getMetadata(ACCESS, handler) as Access | undefined;

export const isOwnUserId = (handler: object): boolean => Reflect.hasMetadata(OWN_USER_ID, handler);
