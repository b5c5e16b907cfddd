import type { Principal } from './principal';

/** Authenticates API keys. Nest injects the implementation by this class. */
export abstract class ApiKeyAuthenticator {
  /**
   * Returns the caller with this API key, such as `qb_…`; undefined if the key is malformed, unknown, expired
   * or revoked. Throws DATABASE_UNAVAILABLE if the key cannot be looked up.
   */
  abstract authenticate(key: string): Promise<Principal | undefined>;

  /** The same for a key that was looked up a moment ago. Undefined for any other: it is not looked up. */
  abstract recall(key: string): Principal | undefined;
}
