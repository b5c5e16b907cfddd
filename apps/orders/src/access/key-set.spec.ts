import { newSigningKey, toJwk } from '../../../../test/harness/identity-provider';
import { toKeySet } from './key-set';

const KEY = toJwk(newSigningKey('a'));

it('takes the public keys of asymmetric algorithms', () => {
  const secret = { kty: 'oct', k: 'AAAA', kid: 'b' };
  const isPrivate = { ...KEY, d: 'AAAA' };
  expect(toKeySet({ keys: [secret, isPrivate, null, 'x', KEY] })).toEqual({ keys: [KEY] });
});

it('takes a bounded number of them', () => {
  expect(toKeySet({ keys: Array.from({ length: 1_000 }, () => KEY) }).keys).toHaveLength(100);
});

it.each([undefined, null, [], {}, { keys: {} }, { keys: [] }, { keys: [{ kty: 'oct', k: 'A' }] }])(
  'rejects %j',
  (response) => {
    expect(() => toKeySet(response)).toThrow('no public key');
  },
);
