import { hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { decodeProtectedHeader, errors, jwtVerify, type JWTVerifyResult } from 'jose';
import { ServiceError } from '@app/errors';
import { credentialsInvalid } from './access-errors';
import { JWT_OPTIONS, type JwtOptions } from './access-options';
import { ExpiringCache } from './expiring-cache';
import type { Principal } from './principal';
import { SigningKeys } from './signing-keys.service';
import { hasAccessType, principalOfClaims } from './token-claims';

/** The clocks of the identity provider and of Orders may differ by this much. */
const CLOCK_TOLERANCE_SECONDS = 5;
/** A verification takes 91 to 186 µs for ES256. A withdrawn key is accepted for this much longer. */
const MAX_CACHE_AGE_MS = 60_000;
/** Some 5 MB. */
const MAX_CACHED = 10_000;

/** Each costs a verification. */
const MAX_KEYS_WITH_ONE_ID = 4;

const digestOf = (token: string): string => hash('sha256', token, 'base64');

interface VerifiedToken {
  readonly principal: Principal;
  readonly expiresAtMs: number;
}

/** Verifies the tokens of the identity provider, and remembers those that are valid for a minute. */
@Injectable()
export class TokenVerifier {
  /** By the hash of the token, so that memory holds no credentials. */
  private readonly verified = new ExpiringCache<VerifiedToken>(MAX_CACHE_AGE_MS, MAX_CACHED);

  constructor(
    private readonly keys: SigningKeys,
    @Inject(JWT_OPTIONS) private readonly options: JwtOptions,
  ) {}

  /**
   * Returns the caller with this token. Throws UNAUTHENTICATED if the token is not valid, and
   * SIGNING_KEYS_UNAVAILABLE.
   */
  async verify(token: string): Promise<Principal> {
    const known = this.recall(token);
    if (known) return known;
    const nowMs = Date.now();
    const verified = await this.check(token);
    this.verified.set(digestOf(token), verified, nowMs);
    return verified.principal;
  }

  /** Returns the caller with a token that was verified within the last minute; undefined with any other. */
  recall(token: string): Principal | undefined {
    const nowMs = Date.now();
    const cached = this.verified.get(digestOf(token), nowMs);
    return cached && nowMs < cached.expiresAtMs ? cached.principal : undefined;
  }

  /**
   * The key is always one of the identity provider's: `jwk`, `jku` and `x5u` of the header are ignored. The
   * algorithm is always an asymmetric one, so no public key is ever taken for the secret of an HMAC.
   */
  private async check(token: string): Promise<VerifiedToken> {
    try {
      const { payload, protectedHeader } = await this.verifyWithAny(token);
      if (!hasAccessType(protectedHeader.typ))
        throw credentialsInvalid('The token is not an access token, according to its typ.');
      const { exp = 0 } = payload;
      const principal = principalOfClaims(payload, this.options.scopeClaim);
      return { principal, expiresAtMs: exp * 1_000 };
    } catch (error) {
      throw error instanceof ServiceError ? error : credentialsInvalid(faultOf(error));
    }
  }

  /** An identity provider may publish several keys with one id, such as while it replaces a key. */
  private async verifyWithAny(token: string): Promise<JWTVerifyResult> {
    const { issuer, audience, algorithms } = this.options;
    const options = {
      issuer,
      audience,
      algorithms: [...algorithms],
      requiredClaims: ['exp', 'sub'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    };
    try {
      return await jwtVerify(token, this.keys.find, options);
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      if (decodeProtectedHeader(token).kid === undefined) throw error;
      let left = MAX_KEYS_WITH_ONE_ID;
      for await (const key of error) {
        const result = await jwtVerify(token, key, options).catch(undefinedIfSignedOtherwise);
        if (result) return result;
        left -= 1;
        if (left === 0) break;
      }
      throw new errors.JWSSignatureVerificationFailed();
    }
  }
}

const undefinedIfSignedOtherwise = (error: unknown): undefined => {
  if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
};

/** Says why a token is not valid. The texts hold nothing of the token but names of registered claims. */
const faultOf = (error: unknown): string => {
  if (error instanceof errors.JWTExpired) return 'The token has expired.';
  if (error instanceof errors.JWTClaimValidationFailed) return claimFault(error);
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return 'The signature of the token does not match.';
  if (error instanceof errors.JOSEAlgNotAllowed)
    return 'The token is signed with an algorithm that is not accepted.';
  if (error instanceof errors.JWKSNoMatchingKey) return 'The token is signed with an unknown key.';
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return 'The token must name its key with kid, because the identity provider has several.';
  return 'The token is not a valid JWT.';
};

const CLAIM_FAULTS: Readonly<Record<string, string>> = {
  iss: 'The token is from another issuer.',
  aud: 'The token is for another audience.',
  nbf: 'The token is not valid yet.',
};

const claimFault = ({ claim, reason }: errors.JWTClaimValidationFailed): string => {
  if (reason === 'missing') return `The token has no claim ${claim}.`;
  const fault = reason === 'check_failed' ? CLAIM_FAULTS[claim] : undefined;
  return fault ?? `The claim ${claim} of the token is not valid.`;
};
