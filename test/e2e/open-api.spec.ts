import { readFileSync } from 'node:fs';
import { CUSTOMER_REQUESTS } from '../../apps/orders/src/order/lifecycle';
import { OPEN_API_FILE, openApiText } from '../../tools/open-api';
import {
  type ApiDocument,
  endpointFaults,
  fieldFaults,
  hiddenRoutes,
  type Operation,
  routeFaults,
} from '../harness/open-api-faults';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';
import { SAMPLE_STOCK } from '../../tools/launch-settings';

/** Every endpoint. The list keeps one from appearing or disappearing unnoticed. */
const ROUTES = [
  'DELETE /v1/api-keys/{id}',
  'DELETE /v1/webhooks/{id}',
  'GET /health/live',
  'GET /health/ready',
  'GET /healthz',
  'GET /v1/api-keys',
  'GET /v1/api-keys/{id}',
  'GET /v1/audit',
  'GET /v1/events',
  'GET /v1/order-events',
  'GET /v1/orders',
  'GET /v1/orders/{id}',
  'GET /v1/orders/{id}/events',
  'GET /v1/orders/{id}/timeline',
  'GET /v1/stock',
  'GET /v1/stock-events',
  'GET /v1/stock/{sku}',
  'GET /v1/webhooks',
  'GET /v1/webhooks/{id}',
  'GET /v1/webhooks/{id}/deliveries',
  'PATCH /v1/orders/{id}',
  'PATCH /v1/webhooks/{id}',
  'POST /v1/api-keys',
  'POST /v1/orders',
  'POST /v1/orders/{id}/cancel',
  'POST /v1/orders/{id}/fulfill',
  'POST /v1/orders/{id}/retry',
  'POST /v1/webhooks',
  'POST /v1/webhooks/{id}/deliveries/{deliveryId}/discard',
  'POST /v1/webhooks/{id}/deliveries/{deliveryId}/redeliver',
  'POST /v1/webhooks/{id}/rotate-secret',
  'POST /v1/webhooks/{id}/test',
];

const EXAMPLE_ORDER_ID = '01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55';

let cluster: ServiceCluster;
let document: ApiDocument;

beforeAll(async () => {
  cluster = await startCluster({ INVENTORY_SEED_STOCK: SAMPLE_STOCK });
  document = (await cluster.client.get<ApiDocument>('/openapi.json')).body;
});

afterAll(() => cluster.stop());

it('describes every endpoint', () => {
  expect(routeFaults(document, ROUTES)).toEqual([]);
});

it.each([
  '/OPENAPI.JSON',
  '/openapi.json/',
  '/openapi.yaml',
  '/OpenAPI.yaml/',
  '/docs/swagger-ui-init.js',
])('%s has all that depends on the client', async (path) => {
  const answer = await fetch(cluster.orders.url + path);
  expect(answer.status).toBe(200);
  const text = await answer.text();
  expect(text).toContain('(/openapi.yaml)');
  expect(text).not.toMatch(/@(url|prefix|order-id)@/);
});

it('is the same as clients/openapi.json', () => {
  const isSame = openApiText(document) === readFileSync(OPEN_API_FILE, 'utf8');
  expect(isSame || 'Run `npm run openapi`, and commit the file.').toBe(true);
});

it('has an operation id for each handler, which names functions of generated clients', () => {
  const ids = Object.values(document.paths)
    .flatMap((methods) => Object.values(methods))
    .map(({ operationId }) => operationId);
  expect(ids).toEqual(expect.arrayContaining(['placeOrder', 'reduceOrder', 'streamStock']));
  expect(ids.filter((id) => !/^[a-z]+[A-Z][A-Za-z]+$/.test(id))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
});

it('has no field that a request cannot have', () => {
  const { OneItemOrder, ItemsOrder, Item } = document.components.schemas;
  expect(Object.keys(OneItemOrder?.properties ?? {})).toEqual([
    'userId',
    'note',
    'externalId',
    'metadata',
    'sku',
    'quantity',
  ]);
  expect(Object.keys(ItemsOrder?.properties ?? {})).toEqual([
    'userId',
    'note',
    'externalId',
    'metadata',
    'items',
  ]);
  const closed = Object.entries(document.components.schemas)
    .filter(([, { additionalProperties }]) => additionalProperties === false)
    .map(([name]) => name);
  expect(closed.sort()).toEqual([
    'ItemsOrder',
    'KeptItem',
    'NewApiKey',
    'NewItem',
    'NewWebhook',
    'OneItemOrder',
    'OrderReduction',
    'WebhookChanges',
  ]);
  expect(Item?.additionalProperties).toBeUndefined();
});

it('has the requests that a conflict allows', () => {
  const { allowed } = document.components.schemas.OrderStateConflictProblem?.properties ?? {};
  expect(allowed?.items?.enum).toEqual(CUSTOMER_REQUESTS);
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

it('gives examples of reductions that fit these orders, and that can be repeated', async () => {
  const examplesOf = (operation?: Operation): unknown[] =>
    Object.values(operation?.requestBody?.content['application/json']?.examples ?? {}).map(
      ({ value }) => value,
    );
  const orders = examplesOf(document.paths['/v1/orders']?.post);
  const reductions = examplesOf(document.paths['/v1/orders/{id}']?.patch);
  expect(reductions).toHaveLength(2);
  for (const [index, reduction] of reductions.entries()) {
    const { body } = await cluster.client.place(orders[index] as object);
    for (let count = 1; count <= 2; count += 1) {
      const { status } = await cluster.client.send(`/v1/orders/${body.id}`, {
        method: 'PATCH',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(reduction),
      });
      expect(status).toBe(200);
    }
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

it('Swagger UI fills in an order that exists, and the document has an example', async () => {
  const { body } = await cluster.client.place({ userId: 'u-1', sku: 'burger', quantity: 1 });
  const { body: script } = await cluster.client.get<string>('/docs/swagger-ui-init.js');
  expect(script).toContain(`"example": "${body.id}"`);
  const [id] = document.paths['/v1/orders/{id}']?.get?.parameters ?? [];
  expect(id).toMatchObject({ name: 'id', schema: { example: EXAMPLE_ORDER_ID } });
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
