import { ExpiringCache } from './expiring-cache';

it('keeps a value for its time, from the moment at which it was true', () => {
  const cache = new ExpiringCache<string>(3_000, 10);
  cache.set('a', 'first', 1_000);
  expect(cache.get('a', 3_999)).toBe('first');
  expect(cache.get('a', 4_000)).toBeUndefined();
  expect(cache.size).toBe(0);
});

it('a value that is set again is kept for longer', () => {
  const cache = new ExpiringCache<string>(3_000, 10);
  cache.set('a', 'first', 1_000);
  cache.set('a', 'second', 2_000);
  expect(cache.get('a', 4_500)).toBe('second');
  expect(cache.size).toBe(1);
});

it('is never larger than its limit: the value that was set first leaves', () => {
  const cache = new ExpiringCache<number>(3_000, 2);
  cache.set('a', 1, 0);
  cache.set('b', 2, 0);
  cache.set('a', 3, 0);
  cache.set('c', 4, 0);
  expect(['a', 'b', 'c'].map((key) => cache.get(key, 1))).toEqual([3, undefined, 4]);
  expect(cache.size).toBe(2);
});
