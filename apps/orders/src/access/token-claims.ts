import { inForm, nameFault, type Scope, SCOPES } from '@app/contracts';
import { credentialsInvalid } from './access-errors';
import type { Principal } from './principal';

/** The claims of a token whose signature, issuer, audience and times are verified. */
export type Claims = Readonly<Record<string, unknown>>;

/** As long as the user id of an order may be. */
const MAX_SUBJECT_LENGTH = 128;

const subjectFault = nameFault(MAX_SUBJECT_LENGTH);

const KNOWN: ReadonlySet<unknown> = new Set(SCOPES);

/**
 * The types of access tokens: RFC 9068, and the general one that most identity providers use. Other types are
 * for other purposes, such as `logout+jwt`.
 */
const TYPES: ReadonlySet<string> = new Set(['jwt', 'at+jwt']);

/** Whether the header of a token has a type that access tokens have, or none. */
export const hasAccessType = (type: unknown): boolean =>
  type === undefined ||
  (typeof type === 'string' && TYPES.has(type.toLowerCase().replace(/^application\//, '')));

/**
 * Returns the subject. Orders stores user ids in normalization form C; a subject in another form is rejected
 * instead of composed, because two subjects of the identity provider must not become one customer.
 */
const subjectOf = ({ sub }: Claims): string => {
  if (typeof sub !== 'string' || subjectFault(sub) !== undefined)
    throw credentialsInvalid(
      `The claim sub must be text of 1 to ${MAX_SUBJECT_LENGTH} characters, none of them a control character or invisible.`,
    );
  if (sub !== inForm('NFC', sub))
    throw credentialsInvalid('The claim sub must be in Unicode normalization form C.');
  return sub;
};

/** Returns the scopes that Orders knows: of a text that separates them by spaces, or of a list. */
const scopesOf = (claim: unknown): ReadonlySet<Scope> => {
  const names: readonly unknown[] = typeof claim === 'string' ? claim.split(' ') : toList(claim);
  return new Set(names.filter((name): name is Scope => KNOWN.has(name)));
};

const toList = (claim: unknown): readonly unknown[] => (Array.isArray(claim) ? claim : []);

/** Returns the caller with a verified token. Throws UNAUTHENTICATED if it names no possible subject. */
export const principalOfClaims = (claims: Claims, scopeClaim: string): Principal => ({
  kind: 'token',
  subject: subjectOf(claims),
  scopes: scopesOf(claims[scopeClaim]),
});
