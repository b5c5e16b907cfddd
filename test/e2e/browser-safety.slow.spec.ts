import type { ServiceCluster } from '../harness/service-cluster';
import { RawConnection, rawRequest } from '../harness/raw-connection';
import { startCluster } from '../harness/start-cluster';
import { givenStock } from '../harness/stock';

const SHOP = 'https://shop.example';
const JSON_TYPE = { 'Content-Type': 'application/json' };
const BODY = JSON.stringify({ userId: 'u-1', sku: 'browsed', quantity: 1 });

let cluster: ServiceCluster;

/** Sends a request with this Host, and returns the status and the reason. */
const withHost = async (line: string, host: string, body = ''): Promise<string> => {
  const connection = await RawConnection.open(cluster.orders.address);
  const headers = [...(body === '' ? [] : ['Content-Type: application/json']), 'Connection: close'];
  const request = rawRequest(line, { headers, body });
  connection.send(request.replace('Host: localhost', `Host: ${host}`));
  await connection.untilEnd();
  const [, status = '', reason = ''] =
    /^HTTP\/1\.1 (\d+)(?:.*"reason":"(\w+)")?/s.exec(connection.received) ?? [];
  return `${status} ${reason}`.trim();
};

/** Sends a request as a browser does for a page, and returns the status and the reason. */
const asPage = async (path: string, headers: Record<string, string>): Promise<string> => {
  const init = path === '/v1/orders' ? { body: BODY } : {};
  const { status, body } = await cluster.client.send<{ reason?: string }>(path, {
    method: 'POST',
    headers: { ...(path === '/v1/orders' && JSON_TYPE), ...headers },
    ...init,
  });
  return `${status} ${body.reason ?? ''}`.trim();
};

const ordersInDatabase = async (): Promise<number> => {
  const [row] = await cluster.ordersDatabase.query<{ count: number }>(
    'select count(*)::int as count from orders',
  );
  return row?.count ?? 0;
};

describe('on loopback', () => {
  beforeAll(async () => {
    cluster = await startCluster({ ORDERS_CORS_ORIGINS: SHOP });
    await givenStock(cluster.inventoryDatabase, 'browsed', 1_000);
  });

  afterAll(() => cluster.stop());

  it.each(['evil.test', 'evil.test:8080', 'localhost.evil.test', '127.0.0.1.evil.test', 'x', ''])(
    'a page that reaches Orders under the name %j can neither read nor order',
    async (host) => {
      const before = await ordersInDatabase();
      expect(await withHost('GET /v1/orders', host)).toBe('403 HOST_NOT_SERVED');
      expect(await withHost('POST /v1/orders', host, BODY)).toBe('403 HOST_NOT_SERVED');
      expect(await withHost('GET /docs', host)).toBe('403 HOST_NOT_SERVED');
      expect(await ordersInDatabase()).toBe(before);
    },
  );

  it.each([
    'localhost',
    'LOCALHOST:1',
    'app.localhost:8080',
    '127.0.0.1',
    '10.1.2.3:80',
    '[::1]:8080',
  ])('Orders is served as %s', async (host) => {
    expect(await withHost('GET /v1/orders', host)).toBe('200');
  });

  it('answers health checks under any name', async () => {
    expect(await withHost('GET /health/live', 'balancer.test')).toBe('200');
  });

  it.each<[string, Record<string, string>]>([
    ['another site', { Origin: 'https://evil.test', 'Sec-Fetch-Site': 'cross-site' }],
    [
      'another port of this machine',
      { Origin: 'http://localhost:1', 'Sec-Fetch-Site': 'same-site' },
    ],
    ['another site, in an old browser', { Origin: 'https://evil.test' }],
    ['a sandboxed frame', { Origin: 'null' }],
    ['a form of another site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['an origin that begins as an allowed one', { Origin: `${SHOP}.evil.test` }],
  ])('a page of %s can neither order, cancel, fulfill nor retry', async (_what, headers) => {
    const { body } = await cluster.client.place(JSON.parse(BODY) as object);
    const before = await ordersInDatabase();
    for (const path of [
      '/v1/orders',
      ...['cancel', 'fulfill', 'retry', 'reduce'].map(
        (action) => `/v1/orders/${body.id}/${action}`,
      ),
    ])
      expect([path, await asPage(path, headers)]).toEqual([path, '403 CROSS_SITE_REQUEST']);
    expect(await ordersInDatabase()).toBe(before);
    expect((await cluster.client.get(`/v1/orders/${body.id}`)).body.status).toBe('CONFIRMED');
  });

  it.each<[string, () => Record<string, string>]>([
    ['a page of Orders', () => ({ Origin: cluster.orders.url, 'Sec-Fetch-Site': 'same-origin' })],
    ['a page of Orders, in an old browser', () => ({ Origin: cluster.orders.url })],
    ['an allowed origin', () => ({ Origin: SHOP, 'Sec-Fetch-Site': 'cross-site' })],
    ['the user of a browser', () => ({ 'Sec-Fetch-Site': 'none' })],
    ['a program', () => ({})],
  ])('%s can order', async (_what, headers) => {
    expect(await asPage('/v1/orders', headers())).toBe('201');
  });

  it.each(['/docs', '/openapi.json', '/', '/v1/orders', '/nowhere'])(
    '%s has a policy without scripts of other origins or inside other pages',
    async (path) => {
      const { headers } = await cluster.client.send(path, {});
      const policy = headers.get('Content-Security-Policy') ?? '';
      expect(policy).toContain("default-src 'self'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/script-src[^;]*unsafe/);
      expect(headers.get('X-Frame-Options')).toBe('DENY');
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
      expect(headers.get('Set-Cookie')).toBeNull();
    },
  );
});

describe('with ORDERS_PUBLIC_HOSTS', () => {
  beforeAll(async () => {
    cluster = await startCluster({ ORDERS_PUBLIC_HOSTS: 'shop.example,orders' });
  });

  afterAll(() => cluster.stop());

  it.each([
    ['shop.example', '200'],
    ['Shop.Example:443', '200'],
    ['shop.example.', '200'],
    ['orders:8080', '200'],
    ['localhost:8080', '200'],
    ['sub.shop.example', '403 HOST_NOT_SERVED'],
    ['evil.test', '403 HOST_NOT_SERVED'],
  ])('a request for %s is answered with %s', async (host, answer) => {
    expect(await withHost('GET /v1/orders', host)).toBe(answer);
  });
});
