import type { Scope } from '@app/contracts';
import { ServiceError } from '@app/errors';

const REALM = 'Bearer realm="QuickBite Orders"';

/** The request has no credentials. */
export const credentialsMissing = (): ServiceError =>
  new ServiceError(
    'UNAUTHENTICATED',
    'Send Authorization: Bearer, followed by a token or an API key.',
    { challenge: REALM },
  );

/** `fault` is a sentence of ASCII without quotes, as the header allows. It must not repeat the credentials. */
export const credentialsInvalid = (fault: string): ServiceError =>
  new ServiceError('UNAUTHENTICATED', fault, {
    challenge: `${REALM}, error="invalid_token", error_description="${fault}"`,
  });

const describe = (scopes: readonly Scope[]): string => {
  if (scopes.length === 0) return 'No scope allows this request.';
  const [only, ...others] = scopes;
  return others.length === 0
    ? `This request needs the scope ${only}.`
    : `This request needs one of the scopes ${scopes.join(', ')}.`;
};

/** The caller has none of the scopes that the request needs. */
export const permissionDenied = (
  requiredScopes: readonly Scope[],
  detail = describe(requiredScopes),
): ServiceError =>
  new ServiceError('PERMISSION_DENIED', detail, {
    metadata: { requiredScopes },
    challenge: `${REALM}, error="insufficient_scope", scope="${requiredScopes.join(' ')}"`,
  });

/** A customer names another customer. */
export const otherCustomer = (): ServiceError =>
  permissionDenied(['staff'], 'userId must be your own, or absent: only staff names customers.');

/** The network of the client has sent too many wrong credentials. */
export const tooManyFailures = (waitMs: number): ServiceError =>
  new ServiceError(
    'RATE_LIMITED',
    'Your network has sent too many wrong credentials. These were not verified.',
    { retryAfterMs: waitMs },
  );

export const signingKeysUnavailable = (): ServiceError =>
  new ServiceError(
    'SIGNING_KEYS_UNAVAILABLE',
    'The keys that verify tokens are not available yet. Try again later.',
  );

/** Whether credentials were verified and are not valid. An outage, in which nothing was verified, is another error. */
export const isUnauthenticated = (error: unknown): boolean =>
  error instanceof ServiceError && error.reason === 'UNAUTHENTICATED';
