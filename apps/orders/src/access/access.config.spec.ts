import { z } from 'zod';
import { ConfigError, host } from '@app/config';
import { accessFaults, accessSettings, checkAccess, jwtOptionsOf } from './access.config';

const settings = z.object({ ORDERS_HTTP_HOST: host().default('127.0.0.1'), ...accessSettings });
const parse = (env: Record<string, string>) => settings.parse(env);
const faultsOf = (env: Record<string, string>) => accessFaults(parse(env));

const JWT = {
  ORDERS_JWT_ISSUER: 'https://login.example/',
  ORDERS_JWT_AUDIENCE: 'quickbite-orders',
  ORDERS_JWT_JWKS_URL: 'https://login.example/jwks.json',
};
const required = { ORDERS_AUTHENTICATION: 'required' };

it.each([
  ['on loopback', {}],
  ['on loopback with IPv6', { ORDERS_HTTP_HOST: '::1' }],
  [
    'beyond loopback, if that is named',
    { ORDERS_HTTP_HOST: '0.0.0.0', ORDERS_AUTHENTICATION: 'open' },
  ],
])('may be open %s', (_where, env) => {
  expect(faultsOf(env)).toEqual([]);
});

it.each(['0.0.0.0', '::', '10.0.0.7', 'orders.internal'])(
  'must not be open at %s by mistake',
  (ORDERS_HTTP_HOST) => {
    expect(faultsOf({ ORDERS_HTTP_HOST })).toEqual([
      expect.stringMatching(/^ORDERS_AUTHENTICATION must be set.*required.*open/),
    ]);
    expect(() => checkAccess(parse({ ORDERS_HTTP_HOST }))).toThrow(ConfigError);
    expect(faultsOf({ ORDERS_HTTP_HOST, ...required })).toEqual([]);
  },
);

it('accepts tokens with three settings', () => {
  expect(faultsOf({ ...required, ...JWT })).toEqual([]);
  expect(jwtOptionsOf(parse({ ...required, ...JWT }))).toEqual({
    issuer: 'https://login.example/',
    audience: 'quickbite-orders',
    jwksUrl: 'https://login.example/jwks.json',
    algorithms: ['RS256', 'ES256', 'EdDSA'],
    scopeClaim: 'scope',
  });
});

it('accepts API keys only without them', () => {
  expect(faultsOf(required)).toEqual([]);
  expect(jwtOptionsOf(parse(required))).toBeUndefined();
});

it.each(Object.keys(JWT))('needs %s beside the other two', (missing) => {
  const rest = Object.fromEntries(Object.entries(JWT).filter(([name]) => name !== missing));
  expect(faultsOf({ ...required, ...rest })).toEqual([
    expect.stringMatching(new RegExp(`^${missing} must be set too`)),
  ]);
});

it.each<Record<string, string>>([{}, { ORDERS_AUTHENTICATION: 'open' }])(
  'does not ignore the settings of tokens with %j',
  (env) => {
    expect(faultsOf({ ...env, ...JWT })).toEqual([
      expect.stringMatching(/^ORDERS_AUTHENTICATION must be required/),
    ]);
  },
);

it.each(['none', 'HS256', 'RS256,HS256', 'RS256, ES256', 'rs256', 'A256KW'])(
  'has no algorithm %j',
  (ORDERS_JWT_ALGORITHMS) => {
    expect(settings.safeParse({ ORDERS_JWT_ALGORITHMS }).success).toBe(false);
  },
);
