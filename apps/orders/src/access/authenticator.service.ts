import { Injectable, Optional } from '@nestjs/common';
import { API_KEY_START } from '@app/access';
import { credentialsInvalid, credentialsMissing } from './access-errors';
import { ApiKeyAuthenticator } from './api-key.authenticator';
import { bearerCredentials } from './bearer';
import type { Principal } from './principal';
import { TokenVerifier } from './token-verifier.service';

/** Finds out who the caller of a request is. */
@Injectable()
export class Authenticator {
  constructor(
    @Optional() private readonly apiKeys?: ApiKeyAuthenticator,
    @Optional() private readonly tokens?: TokenVerifier,
  ) {}

  /**
   * Returns the caller with the credentials of an `Authorization` header. Throws UNAUTHENTICATED without
   * valid ones, and SIGNING_KEYS_UNAVAILABLE or DATABASE_UNAVAILABLE if they cannot be verified.
   */
  async authenticate(authorization: string | undefined): Promise<Principal> {
    const credentials = bearerCredentials(authorization);
    if (credentials === undefined) throw credentialsMissing();
    return credentials.startsWith(API_KEY_START)
      ? this.authenticateKey(credentials)
      : this.authenticateToken(credentials);
  }

  /**
   * Returns the caller if these credentials were verified a moment ago, without verifying them again. Throws
   * UNAUTHENTICATED if they are malformed.
   */
  recall(authorization: string | undefined): Principal | undefined {
    const credentials = bearerCredentials(authorization);
    if (credentials === undefined) throw credentialsMissing();
    return credentials.startsWith(API_KEY_START)
      ? this.apiKeys?.recall(credentials)
      : this.tokens?.recall(credentials);
  }

  private async authenticateKey(key: string): Promise<Principal> {
    const principal = await this.apiKeys?.authenticate(key);
    if (!principal) throw credentialsInvalid('The API key is unknown, expired or revoked.');
    return principal;
  }

  private async authenticateToken(token: string): Promise<Principal> {
    if (!this.tokens) throw credentialsInvalid('Only API keys are accepted here, and no tokens.');
    return this.tokens.verify(token);
  }
}
