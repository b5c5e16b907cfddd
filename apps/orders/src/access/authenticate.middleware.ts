import { hash } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { limitedNetwork } from '@app/config';
import { isUnauthenticated } from './access-errors';
import type { Authenticator } from './authenticator.service';
import { ExpiringCache } from './expiring-cache';
import type { FailedAttempts } from './failed-attempts.service';
import { setCheck } from './lasting-access';
import { type Principal, UNAUTHENTICATED } from './principal';
import { setPrincipal } from './principal.decorator';

/** A caller that sent valid credentials within this time is not concerned by what others of its network send. */
const VALID_LATELY_MS = 600_000;
/** Some 2 MB. */
const MAX_VALID_LATELY = 10_000;

/**
 * Authenticates each request that is not public before its body is read, so that a caller without valid
 * credentials causes no further work. `AccessGuard` decides what the caller may do; it relies on the record
 * that this leaves. The caller of a public request is not authenticated, whatever credentials it sends.
 *
 * A network that has sent too many wrong credentials gets 429 for some time, before its credentials are
 * verified. Credentials that were valid lately are verified all the same.
 */
export const authenticateRequests = (
  authenticator: Authenticator,
  isPublic: (request: Request) => boolean,
  failures: FailedAttempts,
): RequestHandler => {
  const check = (authorization: string | undefined) => authenticator.authenticate(authorization);
  const limited = new LimitedAuthentication(authenticator, failures);
  return (request, _response, next) => {
    if (isPublic(request)) {
      setPrincipal(request, UNAUTHENTICATED);
      next();
      return;
    }
    limited.authenticate(request).then((principal) => {
      setPrincipal(request, principal);
      setCheck(request, check);
      next();
    }, next);
  };
};

/** Authenticates callers, and limits the wrong credentials of each network. */
class LimitedAuthentication {
  /** By the hash of the credentials, so that memory holds none. */
  private readonly validLately = new ExpiringCache<true>(VALID_LATELY_MS, MAX_VALID_LATELY);

  constructor(
    private readonly authenticator: Authenticator,
    private readonly failures: FailedAttempts,
  ) {}

  async authenticate({ headers: { authorization }, ip }: Request): Promise<Principal> {
    const network = limitedNetwork(ip);
    if (network === undefined || authorization === undefined)
      return this.authenticator.authenticate(authorization);
    const known = this.recall(authorization);
    if (known) return known;
    const digest = digestOf(authorization);
    const verify = () => this.verify(authorization, digest);
    const isValidLately = this.validLately.get(digest, performance.now()) === true;
    return isValidLately ? verify() : this.failures.verify(network, verify);
  }

  /** Known credentials cost no look-up of the failures, which may be in Redis. Malformed ones are unknown. */
  private recall(authorization: string): Principal | undefined {
    try {
      return this.authenticator.recall(authorization);
    } catch {
      return undefined;
    }
  }

  private async verify(authorization: string, digest: string): Promise<Principal> {
    try {
      const principal = await this.authenticator.authenticate(authorization);
      this.validLately.set(digest, true, performance.now());
      return principal;
    } catch (error) {
      if (isUnauthenticated(error)) this.validLately.delete(digest);
      throw error;
    }
  }
}

const digestOf = (authorization: string): string => hash('sha256', authorization, 'base64');
