import {
  type ApiDocument,
  endpointFaults,
  fieldFaults,
  hiddenRoutes,
  routeFaults,
} from '../harness/open-api-faults';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';

/** Every endpoint. The list keeps one from appearing or disappearing unnoticed. */
const ROUTES = [
  'GET /health/live',
  'GET /health/ready',
  'GET /healthz',
  'GET /v1/orders',
  'GET /v1/orders/{id}',
  'GET /v1/orders/{id}/events',
  'GET /v1/orders/{id}/timeline',
  'GET /v1/stock',
  'GET /v1/stock/{sku}',
  'POST /v1/orders',
  'POST /v1/orders/{id}/cancel',
  'POST /v1/orders/{id}/fulfill',
  'POST /v1/orders/{id}/retry',
];

let cluster: ServiceCluster;
let document: ApiDocument;

beforeAll(async () => {
  cluster = await startCluster({ INVENTORY_SEED_STOCK: 'burger=5,pizza=10' });
  document = (await cluster.client.get<ApiDocument>('/openapi.json')).body;
});

afterAll(() => cluster.stop());

it('describes every endpoint', () => {
  expect(routeFaults(document, ROUTES)).toEqual([]);
});

it('has no endpoint that another one hides', () => {
  expect(hiddenRoutes(document)).toEqual([]);
});

it('describes what every endpoint does, its parameters, its answers and the problems it answers', () => {
  expect(endpointFaults(document)).toEqual([]);
});

it('describes every field of every schema', () => {
  expect(fieldFaults(document)).toEqual([]);
});

it('gives examples of orders that are accepted as they stand', async () => {
  const { requestBody } = document.paths['/v1/orders']?.post ?? {};
  const examples = Object.values(requestBody?.content['application/json']?.examples ?? {});
  expect(examples).toHaveLength(2);
  for (const { value } of examples) {
    expect((await cluster.client.place(value as object)).status).toBe(201);
  }
});

it('gives examples of parameters that work as they stand', async () => {
  const parameters = document.paths['/v1/orders']?.get?.parameters ?? [];
  const query = new URLSearchParams(
    parameters
      .filter(({ schema }) => schema?.example !== undefined)
      .map(({ name, schema }): [string, string] => [name, String(schema?.example)]),
  );
  expect([...query.keys()]).toEqual(expect.arrayContaining(['userId', 'sku', 'limit']));
  const answer = await cluster.client.get<{ orders: unknown[] }>(`/v1/orders?${query.toString()}`);
  expect(answer.status).toBe(200);
  expect(answer.body.orders.length).toBeGreaterThan(0);
});

it('Swagger UI at /docs and all it loads come from here', async () => {
  const { status, body, headers } = await cluster.client.get<string>('/docs');
  expect(status).toBe(200);
  const loaded = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => String(url));
  expect(loaded.length).toBeGreaterThan(3);
  for (const url of loaded) {
    expect(url).not.toMatch(/^(https?:)?\/\//);
    const file = await cluster.client.get(new URL(url, 'http://here/docs').pathname);
    expect([url, file.status]).toEqual([url, 200]);
  }
  expect(headers.get('content-security-policy')).toContain("default-src 'self'");
});
