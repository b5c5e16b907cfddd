import { createHmac, generateKeyPairSync } from 'node:crypto';
import {
  anything,
  assert,
  asyncProperty,
  base64String,
  constantFrom,
  oneof,
  record,
  string,
  tuple,
} from 'fast-check';
import {
  AUDIENCE,
  forgedToken,
  ISSUER,
  newSigningKey,
  signedToken,
  type SigningKey,
  toJwk,
  validClaims,
} from '../../../../test/harness/identity-provider';
import type { JwtOptions } from './access-options';
import { SigningKeys } from './signing-keys.service';
import { TokenVerifier } from './token-verifier.service';

const RS = newSigningKey('rs', 'RS256');
const ES = newSigningKey('es', 'ES256');
const ED = newSigningKey('ed', 'EdDSA');
/** Signs as `es` says, but is not the provider's. */
const STRANGER: SigningKey = newSigningKey('es', 'ES256');

const CLAIMS = validClaims('u-1', 'customer');
const NOW = Math.floor(Date.now() / 1_000);
const OPTIONS: JwtOptions = {
  issuer: ISSUER,
  audience: AUDIENCE,
  jwksUrl: '',
  algorithms: ['RS256', 'ES256', 'EdDSA'],
  scopeClaim: 'scope',
};

const verifierOf = async (
  published: readonly SigningKey[],
  options = OPTIONS,
): Promise<TokenVerifier> => {
  const fetch = () => Promise.resolve({ keys: published.map(toJwk) });
  const keys = new SigningKeys({ fetch } as never);
  await keys.refresh();
  return new TokenVerifier(keys, options);
};

let verifier: TokenVerifier;

beforeAll(async () => {
  verifier = await verifierOf([RS, ES, ED]);
});

const token = (key: SigningKey, claims: object = {}, header: object = {}): string =>
  signedToken({ alg: key.alg, kid: key.kid, ...header }, { ...CLAIMS, ...claims }, key);

it.each([
  ['RS256', token(RS)],
  ['ES256', token(ES)],
  ['EdDSA', token(ED)],
  ['one of several audiences', token(ES, { aud: ['other', AUDIENCE] })],
  ['the type of access tokens', token(ES, {}, { typ: 'at+jwt' })],
  ['a clock that is 3 s behind', token(ES, { exp: NOW - 3 })],
  ['a clock that is 3 s ahead', token(ES, { nbf: NOW + 3 })],
  ['a header that names another key server', token(ES, {}, { jku: 'https://evil.test/jwks' })],
])('accepts %s', async (_what, accepted) => {
  expect(await verifier.verify(accepted)).toEqual({
    kind: 'token',
    subject: 'u-1',
    scopes: new Set(['customer']),
  });
});

const hmac = (secret: string | Buffer): string => {
  const text = forgedToken({ alg: 'HS256', kid: 'rs', typ: 'JWT' }, CLAIMS).slice(0, -1);
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
};
const jwkOf = JSON.stringify(toJwk(RS));
const pem = RS.publicKey.export({ format: 'pem', type: 'spki' });
const der = RS.publicKey.export({ format: 'der', type: 'spki' });
const [head, , signature] = token(ES).split('.');

it.each<[what: string, rejected: string, fault: RegExp]>([
  ['no signature', forgedToken({ alg: 'none' }, CLAIMS), /algorithm/],
  ['no signature, in another case', forgedToken({ alg: 'nOnE' }, CLAIMS), /algorithm/],
  ['no algorithm', forgedToken({ kid: 'es' }, CLAIMS), /not a valid JWT/],
  ['an HMAC with the public key as PEM', hmac(pem), /algorithm/],
  ['an HMAC with the public key as DER', hmac(der), /algorithm/],
  ['an HMAC with the public key as JWK', hmac(jwkOf), /algorithm/],
  ['an HMAC with an empty secret', hmac(''), /algorithm/],
  ['another key with the same id', token(STRANGER), /signature/],
  ['its own key in the header', token(STRANGER, {}, { jwk: toJwk(STRANGER) }), /signature/],
  ['other claims', `${head}.${forgedToken({}, CLAIMS).split('.')[1]}x.${signature}`, /./],
  [
    'the signature of another token',
    `${token(ES, { sub: 'u-2' }).replace(/[^.]*$/, '')}${signature}`,
    /signature/,
  ],
  ['an algorithm that the key is not for', token(ES, {}, { kid: 'rs' }), /unknown key/],
  ['an unknown key', token({ ...STRANGER, kid: 'x' }), /unknown key/],
  ['a key id that is a path', token({ ...STRANGER, kid: '../../etc/passwd' }), /unknown key/],
  ['a key id that is no text', token(ES, {}, { kid: { $ne: '' } }), /not a valid JWT|unknown key/],
  ['another issuer', token(ES, { iss: 'https://evil.test/' }), /another issuer/],
  ['the issuer without its slash', token(ES, { iss: ISSUER.slice(0, -1) }), /another issuer/],
  ['no issuer', token(ES, { iss: undefined }), /no claim iss/],
  ['another audience', token(ES, { aud: 'other' }), /another audience/],
  ['no audience', token(ES, { aud: undefined }), /no claim aud/],
  ['an audience that contains it', token(ES, { aud: `${AUDIENCE}-2` }), /another audience/],
  ['a time that has passed', token(ES, { exp: NOW - 60 }), /expired/],
  ['no expiry', token(ES, { exp: undefined }), /no claim exp/],
  ['an expiry that is text', token(ES, { exp: '9999999999' }), /claim exp/],
  ['a time to come', token(ES, { nbf: NOW + 60 }), /not valid yet/],
  ['no subject', token(ES, { sub: undefined }), /no claim sub/],
  ['an empty subject', token(ES, { sub: '' }), /claim sub/],
  ['the type of another token', token(ES, {}, { typ: 'logout+jwt' }), /access token/],
  ['an extension that must be understood', token(ES, {}, { crit: ['x'], x: 1 }), /./],
  ['an unencoded payload', token(ES, {}, { crit: ['b64'], b64: false }), /./],
  ['two parts', 'a.b', /not a valid JWT/],
  ['five parts, as of an encrypted token', 'a.b.c.d.e', /not a valid JWT/],
  ['no JSON', `${Buffer.from('x').toString('base64url')}.e30.AA`, /not a valid JWT/],
])('rejects %s', async (_what, rejected, fault) => {
  await expect(verifier.verify(rejected)).rejects.toMatchObject({
    reason: 'UNAUTHENTICATED',
    message: expect.stringMatching(fault) as string,
    challenge: expect.stringMatching(
      /^Bearer realm="[^"]+", error="invalid_token", error_description="[^"]+"$/,
    ) as string,
  });
});

it('rejects an algorithm that the settings leave out', async () => {
  const strict = await verifierOf([RS, ES], { ...OPTIONS, algorithms: ['ES256'] });
  await expect(strict.verify(token(RS))).rejects.toThrow(/algorithm/);
  expect(await strict.verify(token(ES))).toMatchObject({ subject: 'u-1' });
});

it('rejects a key that is too weak', async () => {
  const pair = generateKeyPairSync('rsa', { modulusLength: 1_024 });
  const weak: SigningKey = { kid: 'weak', alg: 'RS256', ...pair };
  const lenient = await verifierOf([weak]);
  await expect(lenient.verify(token(weak))).rejects.toMatchObject({ reason: 'UNAUTHENTICATED' });
});

it('rejects whatever else is sent, and never fails otherwise', async () => {
  const part = oneof(base64String(), string(), constantFrom('e30', 'eyJhbGciOiJFUzI1NiJ9', ''));
  const json = (value: unknown): string =>
    Buffer.from(JSON.stringify(value ?? null)).toString('base64url');
  const header = record(
    {
      alg: oneof(constantFrom('ES256', 'RS256', 'EdDSA', 'HS256', 'none'), anything()),
      kid: oneof(constantFrom('es', 'rs', 'ed'), anything()),
      typ: oneof(constantFrom('JWT', 'at+jwt'), anything()),
      crit: anything(),
      jwk: anything(),
    },
    { requiredKeys: [] },
  );
  const forged = tuple(oneof(header, anything()), anything(), part).map(
    ([head, claims, sign]) => `${json(head)}.${json(claims)}.${sign}`,
  );
  const text = oneof(
    forged,
    tuple(part, part, part).map((parts) => parts.join('.')),
    string(),
  );
  await assert(
    asyncProperty(text, async (sent) => {
      await expect(verifier.verify(sent)).rejects.toMatchObject({ reason: 'UNAUTHENTICATED' });
    }),
    { numRuns: 2_000 },
  );
});

describe('a verified token', () => {
  const find = jest.fn();
  let remembering: TokenVerifier;

  beforeEach(async () => {
    jest.useFakeTimers({
      now: NOW * 1_000,
      doNotFake: ['performance', 'nextTick', 'setImmediate'],
    });
    const fetch = () => Promise.resolve({ keys: [toJwk(ES)] });
    const keys = new SigningKeys({ fetch } as never);
    await keys.refresh();
    find.mockReset().mockImplementation(keys.find as never);
    remembering = new TokenVerifier({ find } as never, OPTIONS);
  });

  afterEach(() => jest.useRealTimers());

  it('is not verified again within a minute', async () => {
    const valid = token(ES, { exp: NOW + 600 });
    for (let count = 0; count < 10; count += 1) await remembering.verify(valid);
    expect(find).toHaveBeenCalledTimes(1);
    jest.advanceTimersByTime(61_000);
    await remembering.verify(valid);
    expect(find).toHaveBeenCalledTimes(2);
  });

  it('is not remembered beyond its expiry', async () => {
    const short = token(ES, { exp: NOW + 10 });
    await remembering.verify(short);
    jest.advanceTimersByTime(20_000);
    await expect(remembering.verify(short)).rejects.toThrow(/expired/);
  });

  it('is another one if a character differs', async () => {
    const valid = token(ES);
    await remembering.verify(valid);
    const changed = valid.slice(0, -10) + (valid.at(-10) === 'A' ? 'B' : 'A') + valid.slice(-9);
    await expect(remembering.verify(changed)).rejects.toThrow(/signature/);
  });
});

describe('an identity provider with several keys of one id', () => {
  const OTHER = newSigningKey('es', 'ES256');

  it('accepts what any of them has signed', async () => {
    const both = await verifierOf([ES, OTHER, RS]);
    for (const key of [ES, OTHER])
      await expect(both.verify(token(key))).resolves.toMatchObject({ subject: 'u-1' });
  });

  it('rejects what another key has signed, and what has expired', async () => {
    const both = await verifierOf([ES, OTHER]);
    await expect(both.verify(token(STRANGER))).rejects.toMatchObject({
      reason: 'UNAUTHENTICATED',
      message: 'The signature of the token does not match.',
    });
    await expect(both.verify(token(OTHER, { exp: NOW - 60 }))).rejects.toMatchObject({
      message: 'The token has expired.',
    });
  });

  it('tries four of them at most', async () => {
    const many = [1, 2, 3, 4].map(() => newSigningKey('es', 'ES256'));
    const verifier = await verifierOf([...many, ES]);
    await expect(verifier.verify(token(ES))).rejects.toMatchObject({ reason: 'UNAUTHENTICATED' });
  });
});
