import { hasAccessType, principalOfClaims } from './token-claims';

const of = (claims: object) => principalOfClaims({ sub: 'u-1', ...claims }, 'scope');

it.each([
  ['text', 'customer events', ['customer', 'events']],
  ['a list', ['staff', 'admin'], ['staff', 'admin']],
  ['scopes of other services', 'openid email staff', ['staff']],
  ['other values', [1, null, ['admin'], { admin: true }, 'events'], ['events']],
  ['another case', 'Admin STAFF', []],
  ['names of prototypes', 'constructor __proto__ toString', []],
  ['an object', { admin: true }, []],
  ['no claim', undefined, []],
])('reads the scopes of %s', (_what, scope, expected) => {
  expect([...of({ scope }).scopes]).toEqual(expected);
});

it('reads the scopes of the claim that the settings name', () => {
  const { scopes } = principalOfClaims({ sub: 'u-1', scope: 'admin', roles: ['staff'] }, 'roles');
  expect([...scopes]).toEqual(['staff']);
});

it.each(['u-1', 'auth0|5f7c', 'Jos\u00e9', 'u'.repeat(128)])('accepts the subject %j', (sub) => {
  expect(of({ sub })).toMatchObject({ kind: 'token', subject: sub });
});

it.each([
  undefined,
  null,
  '',
  7,
  ['u-1'],
  { toString: 'u-1' },
  'u'.repeat(129),
  'a\0b',
  'a\nb',
  '\ud800',
  'ann\u200b',
  'ann\u202e',
  'a\u2028b',
])('rejects the subject %j', (sub) => {
  expect(() => of({ sub })).toThrow(/^The claim sub must be text/);
});

it('does not compose a subject, which could make two subjects one customer', () => {
  expect(() => of({ sub: 'Jose\u0301' })).toThrow('normalization form C');
});

it.each(['JWT', 'jwt', 'at+jwt', 'application/at+jwt', undefined])(
  'takes %j for an access token',
  (type) => {
    expect(hasAccessType(type)).toBe(true);
  },
);

it.each(['logout+jwt', 'dpop+jwt', 'secevent+jwt', '', null, 7, ['JWT']])(
  'does not take %j for one',
  (type) => {
    expect(hasAccessType(type)).toBe(false);
  },
);
