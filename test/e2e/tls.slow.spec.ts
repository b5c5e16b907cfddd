import { type Certificate } from '../harness/certificates';
import { CliProcess } from '../harness/cli-process';
import { connectInventory } from '../harness/inventory-client';
import { RawConnection } from '../harness/raw-connection';
import { ServiceCluster } from '../harness/service-cluster';
import { newOrders } from '../harness/services';
import { givenStock } from '../harness/stock';
import { eventually } from '../harness/wait';
import { CLI, ORDERS, outcomeOf, TlsFixture } from './tls-fixture';

const PATIENT_ORDERS = { ORDERS_INVENTORY_TIMEOUT_MS: '5000' };
const ONE_BURGER = { userId: 'u-1', sku: 'burger', quantity: 1 };
const GET_BURGERS = { skus: ['burger'] };

let fixture: TlsFixture;
let cluster: ServiceCluster;
let orders: Certificate;
let cli: Certificate;

beforeAll(async () => {
  fixture = await TlsFixture.create();
  orders = await fixture.read('orders');
  cli = await fixture.read('cli');
  cluster = await ServiceCluster.start({
    env: {
      LOG_LEVEL: 'debug',
      ...PATIENT_ORDERS,
      ...fixture.inventoryEnv,
      ...fixture.ordersEnv,
    },
  });
  await givenStock(cluster.inventoryDatabase, 'burger', 1_000);
});

afterAll(async () => {
  await cluster.stop();
  await fixture.remove();
});

const adjustment = (id: string, actor = 'ann') => ({
  ...{ adjustmentId: id, sku: 'burger', delta: 1, reason: 'count', actor },
  allowShortfall: false,
});

/** The outcome of a read of stock. */
const readBurgers = (identity?: Certificate, trust?: Parameters<TlsFixture['connect']>[2]) =>
  outcomeOf(fixture.connect(cluster.inventory.address, identity, trust).getStock(GET_BURGERS));

it('Orders reserves and commits with its certificate', async () => {
  const placed = await cluster.client.place(ONE_BURGER);
  expect(placed).toMatchObject({ status: 201, body: { status: 'CONFIRMED' } });
  const fulfilled = await cluster.client.request(placed.body.id, 'fulfill');
  expect(fulfilled).toMatchObject({ status: 200, body: { status: 'FULFILLED' } });
  expect(cluster.inventory.logs).toContain('(gRPC, mutual TLS)');
});

describe('Inventory does not answer', () => {
  const refused = { code: 'UNAVAILABLE', reason: undefined };

  it('a client without a certificate', async () => {
    expect(await readBurgers()).toMatchObject(refused);
  });

  it('a client with a certificate of another authority, for an allowed name', async () => {
    const forged = fixture.otherAuthority.issue({ names: [ORDERS] });
    expect(await readBurgers(forged)).toMatchObject(refused);
  });

  it('a client with an expired certificate', async () => {
    const expired = fixture.authority.issue({ names: [ORDERS], untilMs: -1_000 });
    expect(await readBurgers(expired)).toMatchObject(refused);
  });

  it('a client with a certificate that is not valid yet', async () => {
    const early = fixture.authority.issue({ names: [ORDERS], fromMs: 60_000 });
    expect(await readBurgers(early)).toMatchObject(refused);
  });

  it('a client with a certificate for servers only', async () => {
    const server = fixture.authority.issue({ names: [ORDERS], usages: ['server'] });
    expect(await readBurgers(server)).toMatchObject(refused);
  });

  it('a client in plain text', async () => {
    const client = connectInventory(cluster.inventory.address);
    expect(await outcomeOf(client.getStock(GET_BURGERS))).toMatchObject(refused);
    client.close();
    const raw = await RawConnection.open(cluster.inventory.address);
    raw.send('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    await raw.untilEnd();
    raw.close();
  });
});

describe('Inventory rejects', () => {
  it.each([
    ['another name', ['intruder.test']],
    ['a name that contains an allowed one', [`x.${ORDERS}`, `${ORDERS}.intruder.test`]],
    ['a wildcard of an allowed name', ['*.test']],
    ['an allowed name inside another kind of name', [`spiffe://${ORDERS}`, `urn:x, DNS:${ORDERS}`]],
    ['no name', []],
  ])('a valid certificate with %s', async (_what, names) => {
    expect(await readBurgers(fixture.authority.issue({ names }))).toMatchObject({
      code: 'PERMISSION_DENIED',
      reason: 'CLIENT_NOT_ALLOWED',
    });
  });

  it('an adjustment and a threshold by Orders', async () => {
    const client = fixture.connect(cluster.inventory.address, orders);
    for (const call of [
      client.adjustStock(adjustment('by-orders')),
      client.setStockThreshold({ sku: 'burger', threshold: { lowAt: 3, replenishedAt: 5 } }),
    ])
      expect(await outcomeOf(call)).toMatchObject({
        code: 'PERMISSION_DENIED',
        reason: 'CLIENT_NOT_ALLOWED',
      });
  });

  it('an actor that looks like a certificate', async () => {
    const client = fixture.connect(cluster.inventory.address, cli);
    const forged = adjustment('forged', `cert:${ORDERS} ann`);
    expect(await outcomeOf(client.adjustStock(forged))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: expect.stringContaining('actor must not begin with cert:') as string,
    });
  });
});

it('compares DNS names without their case', async () => {
  const upper = fixture.authority.issue({ names: [ORDERS.toUpperCase()] });
  expect(await readBurgers(upper)).toEqual({ code: 'OK' });
});

it('records the name in the certificate as the actor of an adjustment, before the one it sends', async () => {
  const client = fixture.connect(cluster.inventory.address, cli);
  const { movement } = await client.adjustStock(adjustment('by-cli'));
  expect(movement?.actor).toBe(`cert:${CLI} ann`);
  const repeated = await client.adjustStock(adjustment('by-cli'));
  expect(repeated.alreadyRecorded).toBe(true);
});

describe('the acting subject', () => {
  /** Returns what Inventory logs for a request. */
  const lineOf = (requestId: string, what: RegExp) =>
    eventually(`${requestId} is logged`, () => {
      const line = cluster.inventory.logs
        .split('\n')
        .find((each) => each.includes(`"requestId":"${requestId}"`) && what.test(each));
      return line !== undefined && (JSON.parse(line) as { subject?: string });
    });

  it.each([
    ['ann', 'ann'],
    ['José Ñ 日本', 'José Ñ 日本'],
    ['x'.repeat(128), 'x'.repeat(128)],
    ['x'.repeat(129), undefined],
    ['a\nb', undefined],
    ['', undefined],
  ])('of a call is %j: it is logged as %j', async (sent, logged) => {
    const client = fixture.connect(cluster.inventory.address, orders);
    const requestId = `single-${Buffer.from(sent).toString('hex').slice(0, 20)}-${sent.length}`;
    const metadata = { 'x-request-id': requestId, 'acting-subject': encodeURIComponent(sent) };
    await client.begin('getStock', GET_BURGERS, undefined, metadata).answer;
    expect((await lineOf(requestId, /"rpc":"GetStock"/)).subject).toBe(logged);
  });

  it('that is not percent-encoded correctly is ignored', async () => {
    const client = fixture.connect(cluster.inventory.address, orders);
    const metadata = { 'x-request-id': 'malformed', 'acting-subject': '%E0%A4%A' };
    await client.begin('getStock', GET_BURGERS, undefined, metadata).answer;
    expect((await lineOf('malformed', /"rpc"/)).subject).toBeUndefined();
  });

  it('of each basket of a batch is logged with its decision', async () => {
    const client = fixture.connect(cluster.inventory.address, orders);
    const lines = [{ sku: 'burger', quantity: 1 }];
    await client.batchCreateReservations({
      requests: ['ann', 'bob', undefined].map((actingSubject, nth) => ({
        ...{ reservationId: `batch-${nth}`, requestId: `basket-${nth}`, lines, actingSubject },
      })),
    });
    const subjects = [0, 1, 2].map(
      async (nth) => (await lineOf(`basket-${nth}`, /batch-/)).subject,
    );
    expect(await Promise.all(subjects)).toEqual(['ann', 'bob', undefined]);
    for (const nth of [0, 1, 2]) await client.releaseReservation({ reservationId: `batch-${nth}` });
  });
});

describe('a client does not call', () => {
  it.each([
    ['of another authority', { ca: 'other' }],
    ['for another name', { serverName: 'other.test' }],
  ])('a server with a certificate %s', async (_what, { ca, serverName }: TrustCase) => {
    const trust = {
      ...(ca && { ca: fixture.otherAuthority.certificate }),
      ...(serverName && { serverName }),
    };
    expect(await readBurgers(orders, trust)).toMatchObject({ code: 'UNAVAILABLE' });
  });

  interface TrustCase {
    readonly ca?: string;
    readonly serverName?: string;
  }

  it.each<[string, Record<string, string>, RegExp]>([
    ['ORDERS_INVENTORY_TLS_SERVER_NAME', { serverName: 'other.test' }, /other\.test/],
    ['ORDERS_INVENTORY_TLS_CA_FILE', { ca: 'other-ca.pem' }, /certificate/],
  ])('Orders with another %s finds Inventory down, and logs why', async (_what, wrong, why) => {
    const instance = await newOrders(cluster.ordersDatabase, cluster.inventory.address, {
      ...fixture.ordersEnv,
      ...(wrong.serverName && { ORDERS_INVENTORY_TLS_SERVER_NAME: wrong.serverName }),
      ...(wrong.ca && { ORDERS_INVENTORY_TLS_CA_FILE: fixture.path(wrong.ca) }),
    });
    await instance.start();
    try {
      expect(await instance.client.inventoryStatus()).toBe('down');
      const line = await eventually('it is logged', () =>
        instance.logs.split('\n').find((each) => each.includes('Inventory is unavailable')),
      );
      expect(line).toMatch(why);
    } finally {
      await instance.stop();
    }
  });
});

describe('the cli', () => {
  const adjust = (env: NodeJS.ProcessEnv) =>
    new CliProcess(
      ['stock', 'adjust', 'burger', '2', '--reason', 'count', '--actor', 'bob', '--id', 'from-cli'],
      { env: { CLI_INVENTORY_ADDRESS: cluster.inventory.address, ...env } },
    ).ended();

  it('adjusts stock with its certificate', async () => {
    expect(await adjust(fixture.clientEnv('CLI', 'cli'))).toMatchObject({ code: 0 });
    const [movement] = await cluster.inventoryDatabase.query(
      `select actor from stock_movement where adjustment_id = 'from-cli'`,
    );
    expect(movement).toEqual({ actor: `cert:${CLI} bob` });
  });

  it('says why it cannot with the certificate of Orders', async () => {
    const { code, stderr } = await adjust(fixture.clientEnv('CLI', 'orders'));
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining(
        'no name that may adjust stock. (CLIENT_NOT_ALLOWED)',
      ) as string,
    });
  });

  it('names the setting that is missing', async () => {
    const env = fixture.clientEnv('CLI', 'cli');
    const { code, stderr } = await adjust({ ...env, CLI_INVENTORY_TLS_SERVER_NAME: '' });
    expect(code).not.toBe(0);
    expect(stderr).toContain('CLI_INVENTORY_TLS_SERVER_NAME must be set');
  });
});
