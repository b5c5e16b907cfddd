import {
  type ApiDocument,
  endpointFaults,
  fieldFaults,
  hiddenRoutes,
  type Operation,
  routeFaults,
} from './open-api-faults';

const refused = {
  description: 'Too many requests.',
  content: {
    'application/problem+json': {
      examples: { OVERLOADED: { value: { reason: 'OVERLOADED', status: 503 } } },
    },
  },
};

const ship: Operation = {
  operationId: 'ship',
  summary: 'Ship an order',
  description: 'Its units leave the stock.',
  parameters: [{ name: 'id', in: 'path', description: 'Id of the order.' }],
  responses: { 200: { description: 'SHIPPED.' }, 503: refused },
};

const NAME = 'POST /v1/orders/{id}/ship';

const documentOf = (operation: Operation, schemas = {}): ApiDocument => ({
  paths: { '/v1/orders/{id}/ship': { post: operation } },
  components: { schemas },
});

const faultsOf = (change: Partial<Operation>): string[] =>
  endpointFaults(documentOf({ ...ship, ...change }));

it('finds no fault in an endpoint that is fully described', () => {
  expect(faultsOf({})).toEqual([]);
});

it.each<[what: string, change: Partial<Operation>, remedy: string]>([
  [
    'a summary',
    { summary: '' },
    'POST /v1/orders/{id}/ship has no summary: begin the doc comment of ship() with one line.',
  ],
  [
    '@remarks',
    { description: undefined },
    'POST /v1/orders/{id}/ship has no @remarks: add one to the doc comment of ship().',
  ],
  [
    'a description of a parameter',
    { parameters: [{ name: 'at', in: 'query' }] },
    'POST /v1/orders/{id}/ship: the query parameter at has no description: add a doc comment to its property in the *.dto.ts, or a description to its @ApiHeader.',
  ],
  [
    'a description of an answer',
    { responses: { 200: {}, 503: refused } },
    'POST /v1/orders/{id}/ship: 200 has no description: add one to its @Api…Response of ship().',
  ],
  [
    'an example of a problem',
    { responses: { 404: { description: 'Not found.' }, 503: refused } },
    'POST /v1/orders/{id}/ship: 404 has no example: document it with @ApiProblems of ship().',
  ],
  [
    'the problem OVERLOADED',
    { responses: { 200: { description: 'SHIPPED.' } } },
    'POST /v1/orders/{id}/ship does not document that it can be refused: add OVERLOADED, and every other reason by which it fails, to @ApiProblems of ship().',
  ],
])('says where to add %s', (_what, change, remedy) => {
  expect(faultsOf(change)).toEqual([remedy]);
});

it('says where to describe a field', () => {
  const schemas = { OrderDto: { properties: { shippedAt: {} } } };
  expect(fieldFaults(documentOf(ship, schemas))).toEqual([
    'OrderDto.shippedAt has no description: add a doc comment to the property in its *.dto.ts.',
  ]);
});

it('says where the list of endpoints is that a new endpoint belongs in', () => {
  expect(routeFaults(documentOf(ship), [])).toEqual([
    `${NAME} is new: add it to ROUTES in test/e2e/open-api.spec.ts.`,
  ]);
});

it('reports an endpoint that is gone', () => {
  expect(routeFaults(documentOf(ship), [NAME, 'GET /v1/x'])).toEqual([
    expect.stringContaining('GET /v1/x is gone'),
  ]);
});

it('reports an endpoint that another one hides, and which to declare first', () => {
  const document: ApiDocument = {
    paths: {
      '/v1/orders/{id}': { get: { ...ship, operationId: 'getOrder' } },
      '/v1/orders/{id}/timeline': { get: { ...ship, operationId: 'getTimeline' } },
      '/v1/orders/summary': { get: { ...ship, operationId: 'getSummary' } },
    },
    components: { schemas: {} },
  };
  expect(hiddenRoutes(document)).toEqual([
    'GET /v1/orders/summary is never reached, since GET /v1/orders/{id} matches first: declare getSummary() above getOrder().',
  ]);
});
