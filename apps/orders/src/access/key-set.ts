import type { JSONWebKeySet, JWK } from 'jose';

/** The key types of the asymmetric algorithms. */
const KEY_TYPES: ReadonlySet<unknown> = new Set(['RSA', 'EC', 'OKP']);

/** A key server has the current key and a few others. More are a fault of it. */
const MAX_KEYS = 100;

const isPublicKey = (value: unknown): value is JWK => {
  const { kty, d } = Object(value) as { kty?: unknown; d?: unknown };
  return KEY_TYPES.has(kty) && d === undefined;
};

/**
 * Returns the keys of a key server's response that can verify a token: public ones of an asymmetric algorithm.
 * Throws if there is none, so that a faulty response never replaces keys that work.
 */
export const toKeySet = (response: unknown): JSONWebKeySet => {
  const { keys } = Object(response) as { keys?: unknown };
  const found = Array.isArray(keys) ? keys.filter(isPublicKey).slice(0, MAX_KEYS) : [];
  if (found.length === 0) throw new Error('The key set has no public key of RSA, EC or OKP');
  return { keys: found };
};
