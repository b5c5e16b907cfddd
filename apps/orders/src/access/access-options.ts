/** How tokens are verified. */
export interface JwtOptions {
  /** The claim `iss` of every token. */
  readonly issuer: string;
  /** The claim `aud` of every token, or one of its entries. */
  readonly audience: string;
  /** Where the identity provider publishes its keys. */
  readonly jwksUrl: string;
  /** Asymmetric algorithms only. */
  readonly algorithms: readonly string[];
  /** The claim with the scopes. */
  readonly scopeClaim: string;
}

/** The token for the injection of JwtOptions. */
export const JWT_OPTIONS = Symbol('JWT_OPTIONS');
