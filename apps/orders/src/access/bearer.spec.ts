import { bearerCredentials, MAX_CREDENTIALS_LENGTH } from './bearer';

it.each([
  ['Bearer eyJ.a-b_c.d', 'eyJ.a-b_c.d'],
  ['bearer   qb_abc', 'qb_abc'],
  ['BEARER abc==', 'abc=='],
])('reads %j', (header, credentials) => {
  expect(bearerCredentials(header)).toBe(credentials);
});

it('finds no credentials without the header', () => {
  expect(bearerCredentials(undefined)).toBeUndefined();
});

it.each([
  '',
  'Bearer',
  'Bearer ',
  'Basic dXNlcjpwYXNz',
  'Bearer a b',
  'Bearer a, Bearer b',
  'Bearer "a"',
  'Bearer \u00e9',
  `Bearer ${'a'.repeat(MAX_CREDENTIALS_LENGTH)}`,
])('rejects %j', (header) => {
  expect(() => bearerCredentials(header)).toThrow(
    expect.objectContaining({ reason: 'UNAUTHENTICATED' }) as Error,
  );
});

it('takes no longer for a header that nearly matches', () => {
  const startedMs = performance.now();
  for (let count = 0; count < 100; count += 1) {
    expect(() => bearerCredentials(`Bearer${' '.repeat(3_000)}${'='.repeat(3_000)}`)).toThrow();
  }
  expect(performance.now() - startedMs).toBeLessThan(1_000);
});
