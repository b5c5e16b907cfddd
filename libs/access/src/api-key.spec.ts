import crypto, { createHash } from 'node:crypto';
import { hashOfSecret, isRightSecret, newApiKey, parseApiKey } from './api-key';

const SECRET = 'A'.repeat(43);

it('a new key has a visible prefix and 256 random bits, and is never the same', () => {
  const keys = Array.from({ length: 100 }, newApiKey);
  for (const { text } of keys) expect(text).toMatch(/^qb_[a-z2-7]{8}_[A-Za-z0-9_-]{43}$/);
  expect(new Set(keys.map(({ prefix }) => prefix)).size).toBe(100);
  expect(new Set(keys.map(({ secretHash }) => secretHash.toString('hex'))).size).toBe(100);
});

it('a new key is parsed into its prefix and a secret that has its hash', () => {
  const { prefix, secretHash, text } = newApiKey();
  const parsed = parseApiKey(text);
  expect(parsed?.prefix).toBe(prefix);
  expect(secretHash).toEqual(createHash('sha256').update(text.slice(12)).digest());
  expect(isRightSecret(parsed?.secret ?? '', secretHash)).toBe(true);
});

it.each([
  '',
  'qb_',
  `qb_abcdefgh_${'A'.repeat(42)}`,
  `qb_abcdefgh_${'A'.repeat(44)}`,
  `qb_abcdefg1_${SECRET}`,
  `qb_ABCDEFGH_${SECRET}`,
  `qb_abcdefgh_${'A'.repeat(42)}=`,
  `QB_abcdefgh_${SECRET}`,
  ` qb_abcdefgh_${SECRET}`,
  `qb_abcdefgh_${SECRET}\n`,
  'eyJhbGciOiJub25lIn0.e30.',
])('%j is no key', (text) => {
  expect(parseApiKey(text)).toBeUndefined();
});

it('only the secret with the hash is right, and none is without a hash', () => {
  const hash = hashOfSecret(SECRET);
  expect(isRightSecret(SECRET, hash)).toBe(true);
  expect(isRightSecret(`${'A'.repeat(42)}B`, hash)).toBe(false);
  expect(isRightSecret(SECRET, undefined)).toBe(false);
});

it('compares all bytes of the hashes, wherever they differ', () => {
  const compared = jest.spyOn(crypto, 'timingSafeEqual');
  const hash = hashOfSecret(SECRET);
  isRightSecret(SECRET, hash);
  isRightSecret('other', hash);
  isRightSecret(SECRET, undefined);
  expect(compared.mock.calls.map(([, stored]) => stored.byteLength)).toEqual([32, 32, 32]);
  compared.mockRestore();
});
