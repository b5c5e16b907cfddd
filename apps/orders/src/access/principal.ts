import { type Scope, SCOPES } from '@app/contracts';

/** The caller of a request. */
export interface Principal {
  /** How the caller has proved its identity. `anonymous`: not at all. */
  readonly kind: 'anonymous' | 'token' | 'apiKey';
  /** The name of the caller: the claim `sub` of a token, or the subject of an API key. A customer's user id. */
  readonly subject: string;
  /** The scopes that were granted. `allows` also knows what they imply. */
  readonly scopes: ReadonlySet<Scope>;
  /** The id of the API key. */
  readonly keyId?: string;
}

/** Every caller, while authentication is off. */
export const ANYONE: Principal = {
  kind: 'anonymous',
  subject: 'anonymous',
  scopes: new Set(SCOPES),
};

/** A caller without credentials, while authentication is required. */
export const UNAUTHENTICATED: Principal = {
  kind: 'anonymous',
  subject: 'anonymous',
  scopes: new Set(),
};

/** Whether a caller has a scope. `admin` implies all others. */
export const allows = ({ scopes }: Principal, scope: Scope): boolean =>
  scopes.has(scope) || scopes.has('admin');
