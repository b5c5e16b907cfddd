import { z } from 'zod';
import { ConfigError, isLoopback, keyServerUrl, wholeNumber } from '@app/config';
import type { JwtOptions } from './access-options';

/** Asymmetric only: with a public key, none of them creates a signature. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA'],
] as const;
const DEFAULT_ALGORITHMS = 'RS256,ES256,EdDSA';

const ALGORITHMS_FAULT = `must be some of ${ALGORITHMS.join(', ')}, separated by commas`;

const isKnown = (algorithm: string): boolean => ALGORITHMS.some((each) => each === algorithm);

const algorithms = () =>
  z
    .string()
    .refine((text) => text.split(',').every(isKnown), ALGORITHMS_FAULT)
    .default(DEFAULT_ALGORITHMS)
    .transform((text) => text.split(','));

const word = (fault: string) => z.string().regex(/^\S{1,500}$/, fault);

/** The settings of authentication. */
export const accessSettings = {
  ORDERS_AUTHENTICATION: z
    .enum(['required', 'open'], { error: 'must be required or open' })
    .optional()
    .describe(
      `required: every request needs an API key or a token. open: every caller may do anything. Without this
setting Orders is open if it listens on loopback, and does not start otherwise.`,
    ),
  ORDERS_JWT_ISSUER: word('must be the claim iss of the tokens, such as https://login.example/')
    .optional()
    .describe(
      `The claim iss of the tokens that Orders accepts. Set it together with the two settings below;
without the three of them, Orders accepts API keys only.`,
    ),
  ORDERS_JWT_AUDIENCE: word('must be the claim aud of the tokens, such as quickbite-orders')
    .optional()
    .describe('The claim aud of the tokens, or one of its entries. It stands for Orders.'),
  ORDERS_JWT_JWKS_URL: keyServerUrl()
    .optional()
    .describe(
      `Where the identity provider publishes the keys that verify its tokens. With https; http is accepted
on loopback only.`,
    ),
  ORDERS_JWT_ALGORITHMS: algorithms().describe(
    'Algorithms that may sign tokens, separated by commas. Only asymmetric ones.',
  ),
  ORDERS_JWT_SCOPE_CLAIM: word('must be the name of a claim, such as scope')
    .default('scope')
    .describe(
      `The claim with the scopes customer, staff, events and admin: text that separates them by spaces, or a
list.`,
    ),
  ORDERS_LIMIT_FAILED_AUTHENTICATION: wholeNumber(0, 1_000_000, 'attempts')
    .default(30)
    .describe(
      `How many wrong credentials an address may send in a minute, to each instance or, with
ORDERS_LIMITS_REDIS_URL, to all of them together, until others are rejected without being verified. Programs on
this machine are not limited. 0: any number.`,
    ),
};

type AccessConfig = z.output<z.ZodObject<typeof accessSettings>>;

const JWT_NAMES = ['ORDERS_JWT_ISSUER', 'ORDERS_JWT_AUDIENCE', 'ORDERS_JWT_JWKS_URL'] as const;

/** Whether every request needs credentials. */
export const requiresAuthentication = ({ ORDERS_AUTHENTICATION }: AccessConfig): boolean =>
  ORDERS_AUTHENTICATION === 'required';

/** Returns how tokens are verified; undefined if only API keys are accepted. */
export const jwtOptionsOf = (config: AccessConfig): JwtOptions | undefined => {
  const {
    ORDERS_JWT_ISSUER: issuer,
    ORDERS_JWT_AUDIENCE: audience,
    ORDERS_JWT_JWKS_URL: jwksUrl,
  } = config;
  if (issuer === undefined || audience === undefined || jwksUrl === undefined) return undefined;
  const { ORDERS_JWT_ALGORITHMS: accepted, ORDERS_JWT_SCOPE_CLAIM: scopeClaim } = config;
  return { issuer, audience, jwksUrl, algorithms: accepted, scopeClaim };
};

const jwtFaults = (config: AccessConfig): string[] => {
  const [named, missing] = [true, false].map((isSet) =>
    JWT_NAMES.filter((name) => (config[name] !== undefined) === isSet),
  );
  const [first] = named ?? [];
  if (first === undefined) return [];
  const alone = (missing ?? []).map((name) => `${name} must be set too, because ${first} is set.`);
  if (requiresAuthentication(config)) return alone;
  return [
    ...alone,
    `ORDERS_AUTHENTICATION must be required, because ${first} is set: open ignores tokens.`,
  ];
};

/** Returns the faults of the settings together, each with its remedy. */
export const accessFaults = (config: AccessConfig & { ORDERS_HTTP_HOST: string }): string[] => {
  const { ORDERS_HTTP_HOST: host, ORDERS_AUTHENTICATION: authentication } = config;
  const faults = jwtFaults(config);
  if (authentication !== undefined || isLoopback(host)) return faults;
  return [
    ...faults,
    `ORDERS_AUTHENTICATION must be set, because Orders listens on ${host}, where other machines may reach it: ` +
      'required (every request needs an API key or a token) or open (every caller may do anything).',
  ];
};

/** Throws ConfigError if the settings contradict each other, or if Orders would be open by mistake. */
export const checkAccess = (config: AccessConfig & { ORDERS_HTTP_HOST: string }): void => {
  const faults = accessFaults(config);
  if (faults.length > 0) throw new ConfigError(faults);
};
