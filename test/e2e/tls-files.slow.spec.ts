import { rm, writeFile } from 'node:fs/promises';
import { cloneDatabases, type ClusterDatabases } from '../harness/cluster-network';
import { CertificateAuthority } from '../harness/certificates';
import { ServiceCluster } from '../harness/service-cluster';
import { type Env, newInventory, newOrders } from '../harness/services';
import { givenStock } from '../harness/stock';
import { eventually, times } from '../harness/wait';
import { outcomeOf, presentedCertificate, SERVER, TlsFixture } from './tls-fixture';

const ONE_BURGER = { userId: 'u-1', sku: 'burger', quantity: 1 };
const CONCURRENCY = 8;
const HOUR_MS = 3_600_000;

let fixture: TlsFixture;

beforeEach(async () => {
  fixture = await TlsFixture.create();
});

afterEach(() => fixture.remove());

describe('while orders are placed', () => {
  let cluster: ServiceCluster;
  let isStopped: boolean;
  let placed: number;
  let answers: Set<string>;
  let load: Promise<unknown>;

  beforeEach(async () => {
    cluster = await ServiceCluster.start({
      withProxies: true,
      env: {
        ORDERS_INVENTORY_TIMEOUT_MS: '5000',
        // So that connections are replaced all the time.
        INVENTORY_MAX_CONNECTION_AGE_SECONDS: '1',
        ...fixture.inventoryEnv,
        ...fixture.ordersEnv,
      },
    });
    await givenStock(cluster.inventoryDatabase, 'burger', 1_000_000);
    isStopped = false;
    placed = 0;
    answers = new Set();
    load = Promise.all(
      times(CONCURRENCY, async () => {
        while (!isStopped) {
          const { status, body } = await cluster.client.place(ONE_BURGER);
          answers.add(`${status} ${body.status}`);
          placed += 1;
        }
      }),
    );
  });

  afterEach(async () => {
    isStopped = true;
    await load;
    await cluster.stop();
  });

  /** Waits until both connections of Orders have been replaced, twice, and orders are placed on them. */
  const onNewConnections = async (): Promise<void> => {
    const proxy = cluster.network.proxy('inventory-1');
    const before = proxy.connectionCount;
    await eventually('connections are replaced', () => proxy.connectionCount >= before + 4, 20_000);
    const placedBefore = placed;
    await eventually('orders are placed', () => placed > placedBefore + 20);
  };

  it('new certificates of both ends are used for new connections, and no call fails', async () => {
    const before = await presentedCertificate(cluster.inventory.address);
    await fixture.writeCertificate('server', { names: [SERVER] });
    await fixture.writeCertificate('orders', { names: ['orders.test'] });
    await eventually('the new certificate is presented', async () => {
      const { serialNumber } = await presentedCertificate(cluster.inventory.address);
      return serialNumber !== before.serialNumber;
    });
    await eventually('Orders uses its own', () => cluster.orders.logs.includes('New TLS files'));
    await onNewConnections();
    expect([...answers]).toEqual(['201 CONFIRMED']);
  });

  it('the authority is replaced in three steps, and no call fails', async () => {
    const next = new CertificateAuthority();
    const both = fixture.authority.certificate + next.certificate;
    const isReloaded = (times: number) =>
      eventually(`both have new files, ${times}`, () =>
        [cluster.inventory, cluster.orders].every(
          ({ logs }) => logs.split('New TLS files').length > times,
        ),
      );
    await fixture.write('ca.pem', both);
    await isReloaded(1);
    const old = await fixture.read('orders');
    await fixture.writeCertificate('server', { names: [SERVER] }, next);
    await fixture.writeCertificate('orders', { names: ['orders.test'] }, next);
    await isReloaded(2);
    await onNewConnections();
    await fixture.write('ca.pem', next.certificate);
    await isReloaded(3);
    await onNewConnections();
    const client = fixture.connect(cluster.inventory.address, old, { ca: next.certificate });
    expect(await outcomeOf(client.getStock({ skus: ['burger'] }))).toMatchObject({
      code: 'UNAVAILABLE',
    });
    expect([...answers]).toEqual(['201 CONFIRMED']);
  });

  it('a half-written file changes nothing, and is logged once', async () => {
    const before = await presentedCertificate(cluster.inventory.address);
    const { certificate, key } = fixture.authority.issue({ names: [SERVER] });
    await writeFile(fixture.path('server.pem'), certificate.slice(0, 100));
    const line =
      'The TLS files cannot be used; the ones before stay in use. INVENTORY_TLS_CERT_FILE';
    await eventually('it is logged', () => cluster.inventory.logs.includes(line));
    await onNewConnections();
    const meanwhile = await presentedCertificate(cluster.inventory.address);
    expect(meanwhile.serialNumber).toBe(before.serialNumber);
    await fixture.write('server.key', key);
    await fixture.write('server.pem', certificate);
    await eventually('the new certificate is presented', async () => {
      const { serialNumber } = await presentedCertificate(cluster.inventory.address);
      return serialNumber !== before.serialNumber;
    });
    expect(cluster.inventory.logs.split(line)).toHaveLength(2);
    expect([...answers]).toEqual(['201 CONFIRMED']);
  });
});

describe('at start', () => {
  let databases: ClusterDatabases;

  beforeAll(async () => {
    databases = await cloneDatabases();
  });

  afterAll(async () => {
    await Promise.all([databases.inventory.drop(), databases.orders.drop()]);
  });

  /** Returns what Inventory prints instead of starting. */
  const failureOf = async (env: Env): Promise<string> => {
    const inventory = await newInventory(databases.inventory, env);
    await expect(inventory.start()).rejects.toThrow('inventory ended');
    return inventory.logs;
  };

  it.each<[string, (files: TlsFixture) => Promise<unknown>, RegExp]>([
    [
      'a missing file',
      (files) => rm(files.path('server.pem')),
      /INVENTORY_TLS_CERT_FILE must name a file .* cannot be read \(ENOENT\)\. Correct the path/,
    ],
    [
      'an empty file',
      (files) => files.write('server.key', ''),
      /INVENTORY_TLS_KEY_FILE must have a private key in PEM without a passphrase, but .*server\.key has none/,
    ],
    [
      'a file without a certificate',
      (files) => files.write('ca.pem', 'text'),
      /INVENTORY_TLS_CLIENT_CA_FILE must have certificates in PEM .* but .*ca\.pem has none\. Write/,
    ],
    [
      'the key of another certificate',
      async (files) => files.write('server.key', (await files.read('cli')).key),
      /INVENTORY_TLS_KEY_FILE must have the key of the first certificate in INVENTORY_TLS_CERT_FILE.*Replace both/,
    ],
    [
      'an expired certificate',
      (files) => files.writeCertificate('server', { names: [SERVER], untilMs: -1_000 }),
      /INVENTORY_TLS_CERT_FILE .* expired on \d{4}-.*Replace it/,
    ],
    [
      'a certificate that is not valid yet',
      (files) => files.writeCertificate('server', { names: [SERVER], fromMs: HOUR_MS }),
      /is not valid before \d{4}-.*Check the clock/,
    ],
    [
      'a certificate for clients',
      (files) => files.writeCertificate('server', { names: [SERVER], usages: ['client'] }),
      /is not for a server\. Issue one with the extended key usage serverAuth/,
    ],
  ])('Inventory names the setting, the fault and the remedy of %s', async (_what, spoil, text) => {
    await spoil(fixture);
    const printed = await failureOf(fixture.inventoryEnv);
    expect(printed).toMatch(/^Inventory failed to start: The configuration has 1 fault/);
    expect(printed).toMatch(text);
    expect(printed).not.toContain('PRIVATE KEY-');
  });

  it('Inventory does not listen beyond loopback without TLS, unless a setting allows it', async () => {
    const printed = await failureOf({ INVENTORY_GRPC_HOST: '0.0.0.0' });
    expect(printed).toMatch(
      /INVENTORY_GRPC_HOST must be 127\.0\.0\.1 without TLS.*INVENTORY_ALLOW_PLAINTEXT=true/s,
    );
  });

  it('Inventory does not listen beyond loopback without certificates of clients, unless a setting allows it', async () => {
    const env = { ...fixture.inventoryEnv, INVENTORY_GRPC_HOST: '0.0.0.0' };
    const printed = await failureOf({ ...env, INVENTORY_TLS_CLIENT_CA_FILE: '' });
    expect(printed).toMatch(
      /INVENTORY_TLS_CLIENT_CA_FILE must be set.*INVENTORY_ALLOW_ANY_CLIENT/s,
    );
  });

  it('Inventory lists every contradiction of its settings', async () => {
    const printed = await failureOf({
      INVENTORY_TLS_CERT_FILE: fixture.path('server.pem'),
      INVENTORY_ALLOWED_CLIENTS: 'a.test',
      INVENTORY_ADJUSTMENT_CLIENTS: 'b.test',
    });
    expect(printed).toMatch(/has 4 fault\(s\)/);
    expect(printed).toContain('INVENTORY_ALLOWED_CLIENTS must have b.test');
  });

  it('Inventory warns of a certificate that expires soon, once', async () => {
    await fixture.writeCertificate('server', {
      names: [SERVER],
      fromMs: -23 * HOUR_MS,
      untilMs: HOUR_MS,
    });
    const inventory = await newInventory(databases.inventory, fixture.inventoryEnv);
    await inventory.start();
    await eventually('it warns', () =>
      inventory.logs.includes('server.pem (INVENTORY_TLS_CERT_FILE) expires on'),
    );
    await inventory.stop();
    expect(inventory.logs.split('expires on')).toHaveLength(2);
  });

  it('Orders names the settings that are missing', async () => {
    const env = { ...fixture.ordersEnv, ORDERS_INVENTORY_TLS_KEY_FILE: '' };
    const orders = await newOrders(databases.orders, '127.0.0.1:1', env);
    await expect(orders.start()).rejects.toThrow('orders ended');
    expect(orders.logs).toContain(
      'ORDERS_INVENTORY_TLS_CERT_FILE and ORDERS_INVENTORY_TLS_KEY_FILE must be set together',
    );
  });
});
