import { asRole, reachableAt } from './launch-settings';

describe('reachableAt', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1:9090'],
    ['0.0.0.0', '127.0.0.1:9090'],
    ['localhost', 'localhost:9090'],
    ['::', '[::1]:9090'],
    ['::1', '[::1]:9090'],
    ['fe80::1', '[fe80::1]:9090'],
  ])('is, for a service that listens on %s, %s', (host, address) => {
    expect(reachableAt({ host, port: 9090 })).toBe(address);
  });
});

it('each role of an embedded Postgres has a password of its own', () => {
  const passwords = ['one', 'two'].flatMap((administrator) =>
    ['orders_app', 'orders_owner'].map((role) => {
      const url = new URL(asRole(`postgres://quickbite:${administrator}@127.0.0.1:1/orders`, role));
      expect(url.username).toBe(role);
      return url.password;
    }),
  );
  expect(new Set(['one', 'two', ...passwords]).size).toBe(6);
  expect(passwords).toEqual(passwords.map(() => expect.stringMatching(/^[0-9a-f]{64}$/) as string));
});
