import { hash } from 'node:crypto';

/** 128 bits of a hash: two subjects never have the same. */
const SCOPE_LENGTH = 22;

/** A quotation mark, the scope, and another mark. No client can send a key that begins with a mark. */
const SCOPED = /^"[A-Za-z0-9_-]{22}"/;

/**
 * Returns the form in which the key of a request is stored. `caller` is undefined while authentication is off. The unique index has the customer and the key, so a
 * key belongs to the customer of the order. A caller that places an order for another customer, such as staff,
 * has keys of its own: they are stored behind a hash of the caller's subject. Neither can therefore get the
 * order of a key of the other, nor learn that the other has used it. No index changes for that, and the keys
 * of customers are stored as they always were.
 */
export const storedKey = (
  key: string | null,
  userId: string,
  caller: string | undefined,
): string | null => {
  if (key === null || caller === undefined || caller === userId) return key;
  return `"${hash('sha256', caller, 'base64url').slice(0, SCOPE_LENGTH)}"${key}`;
};

/** Returns the key as the client sent it. */
export const sentKey = (stored: string): string => stored.replace(SCOPED, '');
