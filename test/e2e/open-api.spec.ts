import { TestSystem } from '../support/system';

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly {
    name: string;
    in: string;
    description?: string;
    schema: { example?: unknown };
  }[];
  readonly requestBody?: {
    content: Record<string, { examples?: Record<string, { value: unknown }> }>;
  };
  readonly responses: Record<
    string,
    {
      description: string;
      content?: Record<string, { examples?: Record<string, { value: unknown }> }>;
    }
  >;
}

interface Schema {
  readonly properties?: Record<
    string,
    {
      description?: string;
      example?: unknown;
      $ref?: string;
      items?: unknown;
      enum?: unknown;
      allOf?: unknown;
      format?: string;
    }
  >;
}

interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { schemas: Record<string, Schema> };
}

let system: TestSystem;
let document: Document;

beforeAll(async () => {
  system = await TestSystem.start({ INVENTORY_SEED_STOCK: 'burger=5,pizza=10' });
  document = (await system.get<Document>('/openapi.json')).body;
});

afterAll(() => system.stop());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

it('describes every endpoint there is', () => {
  const names = operations().map(({ path, method }) => `${method.toUpperCase()} ${path}`);
  expect(names.sort()).toEqual([
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
  ]);
});

it('says of every endpoint what it does, and of every parameter and answer what it means', () => {
  for (const { path, method, operation } of operations()) {
    const where = `${method} ${path}`;
    expect([where, operation.summary]).toEqual([where, expect.stringMatching(/\S/)]);
    expect([where, operation.description]).toEqual([where, expect.stringMatching(/\S/)]);
    for (const { name, description } of operation.parameters ?? []) {
      expect([where, name, description]).toEqual([where, name, expect.stringMatching(/\S/)]);
    }
    for (const [status, { description }] of Object.entries(operation.responses)) {
      expect([where, status, description]).toEqual([where, status, expect.stringMatching(/\S/)]);
    }
  }
});

it('says of every field of every schema what it means', () => {
  for (const [name, { properties = {} }] of Object.entries(document.components.schemas)) {
    for (const [field, shape] of Object.entries(properties)) {
      const { description } = shape;
      expect([name, field, description]).toEqual([name, field, expect.stringMatching(/\S/)]);
    }
  }
});

it('gives examples of orders that are accepted as they stand', async () => {
  const { requestBody } = document.paths['/v1/orders']?.post ?? {};
  const examples = Object.values(requestBody?.content['application/json']?.examples ?? {});
  expect(examples).toHaveLength(2);
  for (const { value } of examples) {
    expect((await system.place(value as object)).status).toBe(201);
  }
});

it('gives examples of parameters that work as they stand', async () => {
  const parameters = document.paths['/v1/orders']?.get?.parameters ?? [];
  const query = new URLSearchParams(
    parameters
      .filter(({ schema }) => schema.example !== undefined)
      .map(({ name, schema }): [string, string] => [name, String(schema.example)]),
  );
  expect([...query.keys()]).toEqual(expect.arrayContaining(['userId', 'sku', 'limit']));
  const answer = await system.get<{ orders: unknown[] }>(`/v1/orders?${query.toString()}`);
  expect(answer.status).toBe(200);
  expect(answer.body.orders.length).toBeGreaterThan(0);
});

it('Swagger UI at /docs and all it loads come from here', async () => {
  const { status, body, headers } = await system.get<string>('/docs');
  expect(status).toBe(200);
  const loaded = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => String(url));
  expect(loaded.length).toBeGreaterThan(3);
  for (const url of loaded) {
    expect(url).not.toMatch(/^(https?:)?\/\//);
    const file = await system.get(new URL(url, 'http://here/docs').pathname);
    expect([url, file.status]).toEqual([url, 200]);
  }
  expect(headers.get('content-security-policy')).toContain("default-src 'self'");
});

it('documents every reason by which an endpoint fails as a problem with that reason', () => {
  for (const { path, method, operation } of operations()) {
    for (const [status, { content = {} }] of Object.entries(operation.responses)) {
      const problems = Object.entries(content['application/problem+json']?.examples ?? {});
      expect([path, method, status, problems.length > 0]).toEqual([
        path,
        method,
        status,
        Number(status) >= 400,
      ]);
      for (const [reason, { value }] of problems) {
        expect(value).toMatchObject({ reason, status: Number(status) });
      }
    }
  }
});
