import type { Request, RequestHandler } from 'express';
import { ServiceError } from '@app/errors';
import { tooManyFailures } from './access-errors';
import type { Authenticator } from './authenticator.service';
import { limitedNetwork } from '@app/config';
import type { FailedAttempts } from './failed-attempts.service';
import { setCheck } from './lasting-access';
import { type Principal, UNAUTHENTICATED } from './principal';
import { setPrincipal } from './principal.decorator';

/**
 * Authenticates each request that is not public before its body is read, so that a caller without valid
 * credentials causes no further work. `AccessGuard` decides what the caller may do; it relies on the record
 * that this leaves. The caller of a public request is not authenticated, whatever credentials it sends.
 *
 * A network that has sent too many wrong credentials gets 429 for some time, before its credentials are
 * verified. Callers of the network whose credentials were verified a moment ago are not concerned.
 */
export const authenticateRequests = (
  authenticator: Authenticator,
  isPublic: (request: Request) => boolean,
  failures: FailedAttempts,
): RequestHandler => {
  const check = (authorization: string | undefined) => authenticator.authenticate(authorization);
  return (request, _response, next) => {
    if (isPublic(request)) {
      setPrincipal(request, UNAUTHENTICATED);
      next();
      return;
    }
    authenticate(request, authenticator, failures).then((principal) => {
      setPrincipal(request, principal);
      setCheck(request, check);
      next();
    }, next);
  };
};

const authenticate = async (
  { headers: { authorization }, ip }: Request,
  authenticator: Authenticator,
  failures: FailedAttempts,
): Promise<Principal> => {
  const network = limitedNetwork(ip);
  if (network === undefined) return authenticator.authenticate(authorization);
  try {
    // Known credentials cost no look-up of the failures, which may be in Redis.
    const known = authenticator.recall(authorization);
    if (known) return known;
    const waitMs = await failures.waitMs(network);
    if (waitMs > 0) throw tooManyFailures(waitMs);
    return await authenticator.authenticate(authorization);
  } catch (error) {
    if (authorization !== undefined && isWrong(error)) await failures.record(network);
    throw error;
  }
};

const isWrong = (error: unknown): boolean =>
  error instanceof ServiceError && error.reason === 'UNAUTHENTICATED';
