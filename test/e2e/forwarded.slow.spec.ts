import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';
import { givenStock } from '../harness/stock';
import { eventually } from '../harness/wait';

const NEW_ORDER = { userId: 'u-1', sku: 'proxied', quantity: 1 };
const FORWARDED = {
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Host': 'shop.example',
  'X-Forwarded-Prefix': '/kitchen/api',
};

interface Document {
  readonly servers: readonly { readonly url: string }[];
  readonly info: { readonly description: string };
}

let cluster: ServiceCluster;

const start = async (env: Record<string, string>): Promise<void> => {
  cluster = await startCluster(env);
  await givenStock(cluster.inventoryDatabase, 'proxied', 1_000);
};

const locationOf = async (headers: Record<string, string>): Promise<string | null> => {
  const { status, headers: answered, body } = await cluster.client.place(NEW_ORDER, { headers });
  expect(status).toBe(201);
  return answered.get('Location')?.replace(body.id, '{id}') ?? null;
};

const documentOf = async (headers: Record<string, string>): Promise<Document> =>
  (await cluster.client.send<Document>('/openapi.json', { headers })).body;

const hstsOf = async (headers: Record<string, string>): Promise<string | null> =>
  (await cluster.client.send('/v1/orders', { headers })).headers.get('Strict-Transport-Security');

/** Returns the address of the client that the log has for a request. */
const clientOf = (requestId: string): Promise<string> =>
  eventually('the request is logged', () => {
    const line = cluster.orders.logs.split('\n').find((each) => each.includes(requestId));
    return line && /"client":"([^"]+)"/.exec(line)?.[1];
  });

describe('behind a trusted proxy', () => {
  beforeAll(() => start({ LOG_LEVEL: 'debug', ORDERS_TRUSTED_PROXIES: '10.0.0.0/8,127.0.0.0/30' }));
  afterAll(() => cluster.stop());

  it('Location has the prefix', async () => {
    expect(await locationOf(FORWARDED)).toBe('/kitchen/api/v1/orders/{id}');
    expect(await locationOf({})).toBe('/v1/orders/{id}');
  });

  it.each([
    ['/shop/', '/shop'],
    ['/outer, /inner/', '/outer/inner'],
    ['/', ''],
    ['shop', ''],
    ['//evil.example', ''],
    ['/a/../b?x=1', ''],
    ['https://evil.example', ''],
    ['/%0d%0a', ''],
    [`/${'x'.repeat(300)}`, ''],
  ])('the prefix %j counts as %j', async (prefix, counted) => {
    expect(await locationOf({ 'X-Forwarded-Prefix': prefix })).toBe(`${counted}/v1/orders/{id}`);
  });

  it('the OpenAPI document has the public URL, in its servers and its links', async () => {
    const { servers, info } = await documentOf(FORWARDED);
    expect(servers).toEqual([{ url: 'https://shop.example/kitchen/api' }]);
    expect(info.description).toContain('(/kitchen/api/openapi.json)');
  });

  it.each([
    { 'X-Forwarded-Host': 'a"b' },
    { 'X-Forwarded-Host': 'shop.example/evil' },
    { 'X-Forwarded-Proto': 'javascript' },
  ])('a malformed %j is left out', async (headers) => {
    expect((await documentOf({ ...FORWARDED, ...headers })).servers).toEqual([
      { url: '/kitchen/api' },
    ]);
  });

  it('browsers are told to use TLS for this host only, if the client uses it', async () => {
    expect(await hstsOf(FORWARDED)).toBe('max-age=31536000');
    expect(await hstsOf({ 'X-Forwarded-Proto': 'http' })).toBeNull();
    expect(await hstsOf({})).toBeNull();
  });

  it('the log has the address of the client', async () => {
    await hstsOf({ 'X-Forwarded-For': '203.0.113.7, 10.1.2.3', 'X-Request-Id': 'from-client' });
    expect(await clientOf('from-client')).toBe('203.0.113.7');
  });

  describe('that takes its prefix off the path', () => {
    let proxy: Server;
    let url: string;

    beforeAll(async () => {
      const { port } = new URL(cluster.orders.url);
      proxy = createServer((request, response) => {
        const path = (request.url ?? '').replace(/^\/kitchen\/api/, '');
        const headers = { ...request.headers, 'x-forwarded-prefix': '/kitchen/api' };
        const upstream = httpRequest(
          { port, host: '127.0.0.1', method: request.method, path, headers },
          (answer) => {
            response.writeHead(answer.statusCode ?? 0, answer.headers);
            answer.pipe(response);
          },
        );
        request.pipe(upstream);
      });
      await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    });

    afterAll(() => {
      proxy.closeAllConnections();
      proxy.close();
    });

    it('a client can follow Location', async () => {
      const placed = await fetch(`${url}/kitchen/api/v1/orders`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(NEW_ORDER),
      });
      const location = new URL(placed.headers.get('Location') ?? '', placed.url);
      expect(await (await fetch(location)).json()).toMatchObject({ status: 'CONFIRMED' });
    });

    it('Swagger UI loads its files and calls the API below the prefix', async () => {
      const page = await fetch(`${url}/kitchen/api/docs`);
      const html = await page.text();
      const loaded = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => String(file));
      expect(loaded.length).toBeGreaterThan(3);
      for (const file of loaded)
        expect((await fetch(new URL(file, `${url}/kitchen/api/docs`))).status).toBe(200);
      const init = await fetch(`${url}/kitchen/api/docs/swagger-ui-init.js`);
      expect(await init.text()).toMatch(/"servers": \[\s*{\s*"url": "\/kitchen\/api"/);
    });
  });
});

describe.each([
  ['without trusted proxies', ''],
  ['behind a proxy that is not trusted', '10.0.0.0/8,127.0.0.2,::1'],
])('%s', (_what, trusted) => {
  beforeAll(() => start({ LOG_LEVEL: 'debug', ORDERS_TRUSTED_PROXIES: trusted }));
  afterAll(() => cluster.stop());

  it('ignores X-Forwarded headers', async () => {
    expect(await locationOf(FORWARDED)).toBe('/v1/orders/{id}');
    expect((await documentOf(FORWARDED)).servers).toEqual([{ url: cluster.orders.url }]);
    expect(await hstsOf(FORWARDED)).toBeNull();
    await hstsOf({ 'X-Forwarded-For': '203.0.113.7', 'X-Request-Id': 'from-stranger' });
    expect(await clientOf('from-stranger')).toBe('127.0.0.1');
  });
});
