import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import type { Scope } from '@app/contracts';

/** An API key as administrators see it. It does not have the secret. */
export interface ApiKey {
  readonly id: string;
  /** The visible part of the key, which is in logs and lists. */
  readonly prefix: string;
  /** What the key is for, for people. */
  readonly name: string;
  /** Who acts with it. A key with the scope `customer` acts for the customer with this user id. */
  readonly subject: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  /** Null: it does not expire. */
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  /** Null: it was never used. Up to a minute old. */
  readonly lastUsedAt: Date | null;
}

export type ApiKeySettings = Pick<ApiKey, 'name' | 'subject' | 'scopes' | 'expiresAt'>;

/** A key that was just generated. `text` is what its owner sends; it is stored nowhere. */
export interface NewApiKey {
  readonly prefix: string;
  readonly secretHash: Buffer;
  readonly text: string;
}

/** The parts of a key that a caller has sent. */
export interface ParsedApiKey {
  readonly prefix: string;
  readonly secret: string;
}

/** Distinguishes a key from a JWT, and lets scanners find keys that were published by mistake. */
export const API_KEY_START = 'qb_';

/** Base32: letters and digits that are not mistaken for each other. */
const PREFIX_ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const PREFIX_LENGTH = 8;
const SECRET_BYTES = 32;

const FORMAT = /^qb_([a-z2-7]{8})_([A-Za-z0-9_-]{43})$/;

/** Returns a new random key. Its secret has 256 bits, so a fast hash is enough to store it. */
export const newApiKey = (): NewApiKey => {
  const prefix = Array.from(
    { length: PREFIX_LENGTH },
    () => PREFIX_ALPHABET[randomInt(PREFIX_ALPHABET.length)],
  ).join('');
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  return { prefix, secretHash: hashOfSecret(secret), text: `${API_KEY_START}${prefix}_${secret}` };
};

/** Returns the parts of a key; undefined if the text is none. */
export const parseApiKey = (text: string): ParsedApiKey | undefined => {
  const [, prefix, secret] = FORMAT.exec(text) ?? [];
  return prefix !== undefined && secret !== undefined ? { prefix, secret } : undefined;
};

/** The SHA-256 of the secret as it was sent. */
export const hashOfSecret = (secret: string): Buffer =>
  createHash('sha256').update(secret).digest();

/** Compared with if there is no key. No secret has this hash. */
const NO_HASH = Buffer.alloc(32);

/** Whether a secret has the stored hash. Takes the same time for any secret, also without a hash. */
export const isRightSecret = (secret: string, storedHash: Buffer | undefined): boolean => {
  const isSame = timingSafeEqual(hashOfSecret(secret), storedHash ?? NO_HASH);
  return isSame && storedHash !== undefined;
};
