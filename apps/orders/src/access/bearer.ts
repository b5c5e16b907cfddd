import { credentialsInvalid } from './access-errors';

/** Longer than any token that fits into the 8 kB of headers together with the usual ones. */
export const MAX_CREDENTIALS_LENGTH = 6_144;

/** The scheme of RFC 6750, whose name has any case, and a token of the characters that it allows. */
const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/**
 * Returns the token or API key of the `Authorization` header; undefined without the header. Throws
 * UNAUTHENTICATED if the header has another scheme, or is too long.
 */
export const bearerCredentials = (header: string | undefined): string | undefined => {
  if (header === undefined) return undefined;
  if (header.length > MAX_CREDENTIALS_LENGTH)
    throw credentialsInvalid(`The token is longer than ${MAX_CREDENTIALS_LENGTH} characters.`);
  const [, credentials] = BEARER.exec(header) ?? [];
  if (credentials === undefined)
    throw credentialsInvalid('Authorization must be Bearer, followed by a token or an API key.');
  return credentials;
};
