import { givenStock } from '../harness/stock';
import { RawConnection, rawRequest } from '../harness/raw-connection';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';
import { eventually } from '../harness/wait';

const NEW_ORDER = { userId: 'u-1', sku: 'traced', quantity: 1 };
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface Line {
  readonly msg: string;
  readonly level: number;
  readonly requestId?: string;
  readonly [name: string]: unknown;
}

/** The complete lines of a log, which may end within one. */
const linesOf = ({ logs }: { readonly logs: string }): Line[] =>
  logs
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);

let cluster: ServiceCluster;

const place = (requestId: string, headers: Record<string, string> = {}) =>
  cluster.client.place(NEW_ORDER, { headers: { 'X-Request-Id': requestId, ...headers } });

describe('at the level debug', () => {
  beforeAll(async () => {
    cluster = await startCluster({ LOG_LEVEL: 'debug' });
    await givenStock(cluster.inventoryDatabase, 'traced', 1_000);
  });

  afterAll(() => cluster.stop());

  const idsOfReservations = () =>
    new Map(
      linesOf(cluster.inventory)
        .filter(({ reservationId }) => typeof reservationId === 'string')
        .map(({ reservationId, requestId }) => [reservationId, requestId]),
    );

  it.each(['r-1', '!"#$%&/(){}~', 'x'.repeat(128)])(
    'the id %s of the client comes back in the response',
    async (id) => {
      const { status, headers } = await place(id);
      expect({ status, id: headers.get('X-Request-Id') }).toEqual({ status: 201, id });
    },
  );

  it.each(['', 'two words', 'a\tb', 'x'.repeat(129), 'é'])(
    'the invalid id %j is replaced by a new one',
    async (id) => {
      const { headers } = await place(id);
      expect(headers.get('X-Request-Id')).toMatch(UUID);
    },
  );

  it('a request with two ids gets a new one', async () => {
    const connection = await RawConnection.open(cluster.orders.address);
    connection.send(
      rawRequest('GET /health/live', { headers: ['X-Request-Id: a', 'X-Request-Id: b'] }),
    );
    expect(await connection.until(/\r\n\r\n/)).toMatch(/\r\nX-Request-Id: [0-9a-f-]{36}\r\n/);
  });

  it.each([
    ['GET /nowhere', undefined],
    ['GET /v1/orders?limit=0', undefined],
    ['GET /v1/orders/%E0', undefined],
    ['POST /v1/orders', ['Content-Type: application/json', 'Content-Length: 999999']],
    ['POST /v1/orders', ['Expect: 100-continue', 'Content-Length: 999999']],
    ['POST /v1/orders', ['Content-Type: text/plain', 'Content-Length: 1']],
  ])('a rejection has the id, too: %s %j', async (line, headers = []) => {
    const connection = await RawConnection.open(cluster.orders.address);
    connection.send(rawRequest(line, { headers: ['X-Request-Id: rejected-1', ...headers] }));
    const answer = await connection.until(/"reason":/);
    expect(answer).toMatch(/^HTTP\/1.1 4\d\d /);
    expect(answer).toContain('\r\nX-Request-Id: rejected-1\r\n');
  });

  it('Inventory logs each order of a batch with the id of its own request', async () => {
    const ids = Array.from({ length: 60 }, (_each, nth) => `batched-${nth}`);
    const placed = await Promise.all(ids.map((id) => place(id)));
    const found = await eventually('all reservations are logged', () => {
      const byReservation = idsOfReservations();
      return placed.every(({ body }) => byReservation.has(body.id)) && byReservation;
    });
    expect(placed.map(({ body }) => found.get(body.id))).toEqual(ids);
    const calls = linesOf(cluster.inventory).filter(({ rpc }) => rpc === 'BatchCreateReservations');
    expect(calls.length).toBeGreaterThan(0);
    expect(calls.length).toBeLessThan(ids.length + 20);
  });

  it('Inventory logs a single call with the id of its request', async () => {
    const { body } = await place('placed-to-cancel');
    await cluster.client.request(body.id, 'cancel', { headers: { 'X-Request-Id': 'cancel-1' } });
    await cluster.client.send('/v1/stock/traced', { headers: { 'X-Request-Id': 'stock-1' } });
    const calls = await eventually('both calls are logged', () => {
      const found = linesOf(cluster.inventory).filter(({ requestId = '' }) =>
        ['cancel-1', 'stock-1'].includes(requestId),
      );
      return found.length >= 2 && found;
    });
    expect(calls).toMatchObject([
      { rpc: 'ReleaseReservation', requestId: 'cancel-1' },
      { rpc: 'GetStock', requestId: 'stock-1' },
    ]);
  });

  it('Inventory believes no client without a certificate about the acting subject', async () => {
    const metadata = { 'x-request-id': 'forged-subject', 'acting-subject': 'ann' };
    const request = { skus: ['traced'] };
    await cluster.inventoryClient.begin('getStock', request, undefined, metadata).answer;
    const lines = [{ sku: 'traced', quantity: 1 }];
    const basket = { lines, requestId: 'forged-basket', actingSubject: 'ann' };
    await cluster.inventoryClient.batchCreateReservations({
      requests: [{ reservationId: 'forged-1', ...basket }],
    });
    const found = await eventually('both are logged', () => {
      const logged = linesOf(cluster.inventory).filter(({ requestId = '' }) =>
        requestId.startsWith('forged-'),
      );
      return logged.length >= 2 && logged;
    });
    expect(found.map(({ subject }) => subject)).toEqual(found.map(() => undefined));
    await cluster.inventoryClient.releaseReservation({ reservationId: 'forged-1' });
  });

  it('Inventory ignores an invalid id, and takes the reservation', async () => {
    const lines = [{ sku: 'traced', quantity: 1 }];
    const { results } = await cluster.inventoryClient.batchCreateReservations({
      requests: [{ reservationId: 'invalid-id', lines, requestId: 'a\nb' }],
    });
    expect(results[0]?.reservation?.reservationId).toBe('invalid-id');
    await eventually('it is logged', () => idsOfReservations().has('invalid-id'));
    expect(idsOfReservations().get('invalid-id')).toBeUndefined();
    await cluster.inventoryClient.releaseReservation({ reservationId: 'invalid-id' });
  });

  it('Orders logs the request with its id and without its credentials', async () => {
    await place('secret-1', { Authorization: 'Bearer hunter2', Cookie: 'session=hunter2' });
    const [line] = await eventually('the request is logged', () => {
      const found = linesOf(cluster.orders).filter(({ requestId }) => requestId === 'secret-1');
      return found.length > 0 && found;
    });
    expect(line).toMatchObject({ req: { id: 'secret-1', method: 'POST', url: '/v1/orders' } });
    expect(cluster.orders.logs).not.toMatch(/hunter2|authorization|cookie/i);
  });

  it('background work has no id of a request', () => {
    const lines = [...linesOf(cluster.orders), ...linesOf(cluster.inventory)];
    expect(lines.filter(({ msg }) => msg.includes('listens on'))).toHaveLength(2);
    const background = lines.filter(
      ({ context }) => context === 'Poller' || context === 'OutageLog',
    );
    for (const { requestId } of background) expect(requestId).toBeUndefined();
  });
});

describe('an unexpected error', () => {
  beforeAll(async () => {
    cluster = await startCluster();
    await givenStock(cluster.inventoryDatabase, 'traced', 1_000);
  });

  afterAll(() => cluster.stop({ verify: false }));

  it('of Inventory is logged by both services with the id of the request', async () => {
    await cluster.inventoryDatabase.query('alter table stock_movement rename to hidden');
    try {
      const answers = await Promise.all([place('broken-1'), place('broken-2')]);
      expect(answers.map(({ status }) => status)).toEqual([202, 202]);
      const errors = linesOf(cluster.inventory).filter(
        ({ level, requestId }) => level === 50 && requestId?.startsWith('broken-'),
      );
      expect(errors.map(({ requestId }) => requestId).sort()).toEqual(['broken-1', 'broken-2']);
      expect(linesOf(cluster.orders)).toContainEqual(
        expect.objectContaining({
          msg: 'Inventory rejected a call: INTERNAL',
          requestId: expect.stringMatching(/^broken-[12]$/) as string,
        }),
      );
    } finally {
      await cluster.inventoryDatabase.query('alter table hidden rename to stock_movement');
    }
  });

  it('of Orders is logged with the id in its response', async () => {
    await cluster.ordersDatabase.query('alter table order_item rename to hidden');
    const { status, headers, body } = await cluster.client.send<{ requestId: string }>(
      '/v1/orders',
      {
        headers: { 'X-Request-Id': 'broken-3' },
      },
    );
    await cluster.ordersDatabase.query('alter table hidden rename to order_item');
    expect({ status, id: headers.get('X-Request-Id'), inBody: body.requestId }).toEqual({
      status: 500,
      id: 'broken-3',
      inBody: 'broken-3',
    });
    const [line] = linesOf(cluster.orders).filter(({ requestId }) => requestId === 'broken-3');
    expect(line).toMatchObject({ level: 50 });
  });
});
