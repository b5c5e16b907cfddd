import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  forgedToken,
  IdentityProvider,
  newSigningKey,
  signedToken,
  toJwk,
  validClaims,
} from '../harness/identity-provider';
import type { Answer } from '../harness/orders-client';
import type { ApiDocument } from '../harness/open-api-faults';
import { RawConnection, rawRequest } from '../harness/raw-connection';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';
import { eventually, times } from '../harness/wait';

const STRANGER = newSigningKey('es');
const CLAIMS = validClaims('u-1', 'customer');
const NOW = Math.floor(Date.now() / 1_000);

let provider: IdentityProvider;
let cluster: ServiceCluster;

beforeAll(async () => {
  provider = await IdentityProvider.start();
  cluster = await startCluster({ INVENTORY_SEED_STOCK: 'burger=100', ...provider.settings });
});

afterAll(async () => {
  await cluster.stop();
  await provider.stop();
});

const listWith = (authorization: string): Promise<Answer<{ reason: string }>> =>
  cluster.client.send('/v1/orders', { headers: { Authorization: authorization } });

const expectUnauthenticated = (answer: Answer<unknown>, challenge: RegExp): void => {
  expect(answer).toMatchObject({ status: 401, body: { reason: 'UNAUTHENTICATED', status: 401 } });
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.headers.get('www-authenticate')).toMatch(challenge);
};

it.each(['es', 'rs', 'ed'])('accepts a token that is signed with the key %s', async (kid) => {
  const { status } = await listWith(`Bearer ${provider.token('u-1', 'customer', { kid })}`);
  expect(status).toBe(200);
});

it('does not ask a client without credentials for its body', async () => {
  const connection = await RawConnection.open(cluster.orders.address);
  const headers = ['Content-Type: application/json', 'Expect: 100-continue', 'Content-Length: 50'];
  connection.send(rawRequest('POST /v1/orders', { headers }));
  await connection.untilEnd();
  expect(connection.received).toMatch(/^HTTP\/1.1 401 [^]*}$/);
});

it('every endpoint but health checks and the documentation needs credentials', async () => {
  const { body } = await cluster.client.get<ApiDocument>('/openapi.json');
  const routes = Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => [method.toUpperCase(), path] as const),
  );
  expect(routes.length).toBeGreaterThan(20);
  for (const [method, path] of routes) {
    const url = path.replaceAll(/\{[^}]+\}/g, '01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55');
    const answer = await cluster.client.send<unknown>(url, { method });
    if (path.startsWith('/v1/')) expectUnauthenticated(answer, /^Bearer realm="[^"]+"$/);
    else expect([method, path, answer.status]).toEqual([method, path, 200]);
  }
  for (const path of ['/docs', '/openapi.yaml', '/docs/swagger-ui-init.js'])
    expect((await cluster.client.send(path, {})).status).toBe(200);
});

it.each<[what: string, token: () => string]>([
  ['alg none', () => forgedToken({ alg: 'none', kid: 'es' }, CLAIMS)],
  ['alg nonE', () => forgedToken({ alg: 'nonE', kid: 'es' }, CLAIMS)],
  [
    'an HMAC with the public key',
    () => {
      const key = provider.keys.find(({ kid }) => kid === 'rs')?.publicKey;
      const text = forgedToken({ alg: 'HS256', kid: 'rs' }, CLAIMS).slice(0, -1);
      const secret = key?.export({ format: 'pem', type: 'spki' }) ?? '';
      return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
    },
  ],
  [
    'the key of a stranger in the header',
    () => {
      const header = { alg: 'ES256', kid: 'es', jwk: toJwk(STRANGER) };
      return signedToken(header, CLAIMS, STRANGER);
    },
  ],
  ['another issuer', () => provider.token('u-1', 'admin', { claims: { iss: 'https://x.test/' } })],
  ['another audience', () => provider.token('u-1', 'admin', { claims: { aud: 'x' } })],
  [
    'an expiry that has passed',
    () => provider.token('u-1', 'admin', { claims: { exp: NOW - 60 } }),
  ],
  ['a begin to come', () => provider.token('u-1', 'admin', { claims: { nbf: NOW + 60 } })],
  ['no subject', () => provider.token('u-1', 'admin', { claims: { sub: undefined } })],
  ['an unknown key id', () => provider.token('u-1', 'admin', { kid: 'x' })],
  ['a key id of a file', () => provider.token('u-1', 'admin', { kid: '/dev/null' })],
  ['another type', () => provider.token('u-1', 'admin', { header: { typ: 'logout+jwt' } })],
  ['no JWT', () => 'x'],
  ['an unknown API key', () => `qb_abcdefgh_${'A'.repeat(43)}`],
  ['7,000 characters', () => 'x'.repeat(7_000)],
])('rejects a token with %s', async (_what, token) => {
  expectUnauthenticated(await listWith(`Bearer ${token()}`), /^Bearer .*error="invalid_token"/);
});

it.each(['Basic dXNlcjpwYXNzd29yZA==', 'Bearer', 'Bearer a b', 'token'])(
  'rejects Authorization: %s',
  async (authorization) => {
    expectUnauthenticated(await listWith(authorization), /error="invalid_token"/);
  },
);

it('takes no token from the query or from a cookie', async () => {
  const token = provider.token('u-1', 'admin');
  const inQuery = await cluster.client.send(`/v1/orders?access_token=${token}`, {});
  const inCookie = await cluster.client.send('/v1/orders', {
    headers: { Cookie: `token=${token}` },
  });
  for (const answer of [inQuery, inCookie]) expectUnauthenticated(answer, /^Bearer realm/);
});

it('asks no server that a token names', async () => {
  let requests = 0;
  const server = createServer((_request, response) => {
    requests += 1;
    response.end(JSON.stringify({ keys: [toJwk(STRANGER)] }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
  for (const header of [{ jku: url }, { x5u: url }, { jku: url, kid: 'new' }, { kid: url }]) {
    const forged = signedToken({ alg: 'ES256', kid: 'es', ...header }, CLAIMS, STRANGER);
    expectUnauthenticated(await listWith(`Bearer ${forged}`), /invalid_token/);
  }
  server.close();
  expect(requests).toBe(0);
});

it('a flood of unknown key ids causes at most one fetch', async () => {
  const before = provider.fetches;
  const tokens = times(300, (nth) => provider.token('u-1', 'admin', { kid: `unknown-${nth}` }));
  const answers = await Promise.all(tokens.map((token) => listWith(`Bearer ${token}`)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
  expect(provider.fetches - before).toBeLessThanOrEqual(1);
});

it('answers before it looks at the body', async () => {
  const post = (body: string, headers: Record<string, string> = {}) =>
    cluster.client.send('/v1/orders', { method: 'POST', body, headers });
  const json = { 'Content-Type': 'application/json' };
  expectUnauthenticated(await post('{', json), /realm/);
  expectUnauthenticated(await post('{"sku":"burger"}', json), /realm/);
  expectUnauthenticated(await post('x'), /realm/);
  expectUnauthenticated(await post('x'.repeat(90_000), json), /realm/);
});

it('goes on while the key server is unavailable', async () => {
  await provider.stop();
  for (const kid of ['es', 'rs', 'ed']) {
    const token = provider.token(`during-the-outage-${kid}`, 'customer', { kid });
    expect((await listWith(`Bearer ${token}`)).status).toBe(200);
  }
  const unknown = provider.token('u-1', 'admin', { kid: 'unknown' });
  expectUnauthenticated(await listWith(`Bearer ${unknown}`), /invalid_token/);
  await provider.listen();
});

it('starts without its key server, and finds it later', async () => {
  await provider.stop();
  await cluster.restartOrders({});
  const token = provider.token('u-1', 'customer');
  const early = await listWith(`Bearer ${token}`);
  expect(early).toMatchObject({ status: 503, body: { reason: 'SIGNING_KEYS_UNAVAILABLE' } });
  expect(early.headers.get('retry-after')).toBe('1');
  expect(cluster.orders.logs).toContain('The key server is unavailable');
  await provider.listen();
  await eventually('the token is accepted', async () => {
    return (await listWith(`Bearer ${token}`)).status === 200;
  });
  expect(cluster.orders.logs).toContain('The key server is available again');
});

it('logs no token', () => {
  expect(cluster.orders.logs).not.toMatch(/eyJ[A-Za-z0-9_-]{10}/);
});
