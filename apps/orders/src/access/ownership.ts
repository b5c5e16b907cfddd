import { LIMITS, normalizedText } from '@app/contracts';
import { otherCustomer } from './access-errors';
import { allows, type Principal } from './principal';

/** Returns the only customer whose orders the caller may see and change; undefined: any. */
export const ownerOf = (principal: Principal): string | undefined => {
  const isCustomer = principal.scopes.has('customer') && !allows(principal, 'staff');
  return isCustomer ? principal.subject : undefined;
};

/**
 * Returns the customer that a request is about: the one it names, or the caller, if it is a customer and the
 * request names none. Throws PERMISSION_DENIED if a customer names another one. Anything that is not text is
 * left to the validation.
 */
export const customerOf = <Named>(principal: Principal, named: Named): Named | string => {
  const owner = ownerOf(principal);
  if (owner === undefined) return named;
  if (named === undefined) return owner;
  if (typeof named === 'string' && normalizedText(named, LIMITS.maxUserIdLength) !== owner)
    throw otherCustomer();
  return named;
};
