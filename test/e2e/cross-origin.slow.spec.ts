import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';

const SHOP = 'https://shop.example';
const CONSOLE = 'http://localhost:5173';
const STRANGER = 'https://shop.example.evil.test';
const EXPOSED = /Idempotent-Replayed.*Location.*Retry-After.*WWW-Authenticate.*X-Request-Id/;

let cluster: ServiceCluster;

const send = (path: string, init: RequestInit) => cluster.client.send(path, init);

const preflight = (origin: string, method: string, headers: string) =>
  send('/v1/orders', {
    method: 'OPTIONS',
    headers: {
      Origin: origin,
      'Access-Control-Request-Method': method,
      'Access-Control-Request-Headers': headers,
    },
  });

describe('with ORDERS_CORS_ORIGINS', () => {
  beforeAll(async () => {
    cluster = await startCluster({ ORDERS_CORS_ORIGINS: `${SHOP},${CONSOLE}` });
  });

  afterAll(() => cluster.stop());

  it.each([SHOP, CONSOLE])('a page of %s may read responses and their headers', async (origin) => {
    const { status, headers } = await send('/v1/orders', { headers: { Origin: origin } });
    expect(status).toBe(200);
    expect(headers.get('Access-Control-Allow-Origin')).toBe(origin);
    expect(headers.get('Access-Control-Expose-Headers')).toMatch(EXPOSED);
    expect(headers.get('Vary')).toContain('Origin');
  });

  it.each([STRANGER, 'null', 'https://SHOP.example', ''])(
    'a page of %j may not',
    async (origin) => {
      const { headers } = await send('/v1/orders', { headers: { Origin: origin } });
      expect(headers.get('Access-Control-Allow-Origin')).toBeNull();
      expect(headers.get('Vary')).toContain('Origin');
    },
  );

  it('a cache does not give a response without an origin to a page', async () => {
    const { headers } = await send('/v1/orders', {});
    expect(headers.get('Vary')).toContain('Origin');
  });

  it.each(['POST', 'PATCH', 'GET', 'HEAD'])(
    'a page may send %s with the headers of the API',
    async (method) => {
      const asked =
        'authorization,content-type,idempotency-key,last-event-id,request-timeout-ms,x-request-id';
      const { status, headers } = await preflight(SHOP, method, asked);
      expect(status).toBe(204);
      expect(headers.get('Access-Control-Allow-Origin')).toBe(SHOP);
      expect(headers.get('Access-Control-Allow-Methods')?.split(',')).toContain(method);
      expect(headers.get('Access-Control-Allow-Headers')?.toLowerCase().split(',').sort()).toEqual(
        asked.split(','),
      );
      expect(headers.get('Access-Control-Allow-Credentials')).toBeNull();
      expect(Number(headers.get('Access-Control-Max-Age'))).toBeGreaterThan(0);
    },
  );

  it('a stranger gets no permission', async () => {
    const { headers } = await preflight(STRANGER, 'POST', 'content-type');
    expect(headers.get('Access-Control-Allow-Origin')).toBeNull();
  });

  it.each<[what: string, status: number, path: string, init: RequestInit]>([
    ['an unknown route', 404, '/nowhere', {}],
    ['an invalid query', 400, '/v1/orders?limit=0', {}],
    ['a body that is too large', 413, '/v1/orders', { method: 'POST', body: 'x'.repeat(200_000) }],
    ['another media type', 415, '/v1/orders', { method: 'POST', body: 'x' }],
  ])('a page may read the rejection of %s', async (_what, status, path, init) => {
    const answer = await send(path, { ...init, headers: { Origin: SHOP } });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(SHOP);
  });

  it('an OPTIONS request that is no preflight gets 405', async () => {
    const { status } = await send('/v1/orders', { method: 'OPTIONS', headers: { Origin: SHOP } });
    expect(status).toBe(405);
  });
});

describe('without ORDERS_CORS_ORIGINS', () => {
  beforeAll(async () => {
    cluster = await startCluster();
  });

  afterAll(() => cluster.stop());

  it('no page of another origin may read or send anything', async () => {
    const read = await send('/v1/orders', { headers: { Origin: SHOP } });
    const asked = await preflight(SHOP, 'POST', 'content-type');
    expect(asked.status).toBe(405);
    for (const { headers } of [read, asked])
      expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });
});

it('does not start with a setting that is no origin, and names the remedy', async () => {
  const failed = startCluster({ ORDERS_CORS_ORIGINS: `${SHOP}/,${CONSOLE}` });
  await expect(failed).rejects.toThrow(`ORDERS_CORS_ORIGINS must have ${SHOP} instead of ${SHOP}/`);
});
