import { sentKey, storedKey } from './idempotency-key';
import { KEY } from './request-headers';

const LONGEST = 'k'.repeat(255);

it('a customer keeps its keys as they are', () => {
  expect(storedKey('k-1', 'u-1', undefined)).toBe('k-1');
  expect(storedKey('k-1', 'u-1', 'u-1')).toBe('k-1');
  expect(storedKey(null, 'u-1', 'clerk')).toBeNull();
});

it('a caller that places an order for a customer has keys of its own', () => {
  const [one, other] = ['clerk-1', 'clerk-2'].map((caller) => storedKey('k-1', 'u-1', caller));
  expect(one).toBe(storedKey('k-1', 'u-2', 'clerk-1'));
  expect(new Set([one, other, 'k-1']).size).toBe(3);
});

it.each(['k-1', LONGEST, 'a"b', '"', ' '])('%j is shown as it was sent', (key) => {
  expect(sentKey(storedKey(key, 'u-1', 'clerk') ?? '')).toBe(key);
  expect(sentKey(key)).toBe(key);
});

it('no customer can send a key of this form, with or without quotation marks', () => {
  const key = storedKey('k-1', 'u-1', 'clerk') ?? '';
  for (const header of [key, `"${key}"`]) {
    const [, quoted, plain] = KEY.exec(header) ?? [];
    expect([quoted, plain]).not.toContain(key);
  }
});

it('is text that verify accepts', () => {
  expect(storedKey(LONGEST, 'u-1', 'Zo\u00eb')).toMatch(/^"[A-Za-z0-9_-]{22}"[ -~]{1,255}$/);
});
