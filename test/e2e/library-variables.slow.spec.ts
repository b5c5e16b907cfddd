import { CliProcess } from '../harness/cli-process';
import { ServiceCluster } from '../harness/service-cluster';

/** Each of these would redirect or break a call, if a library obeyed it. */
const VARIABLES = {
  http_proxy: 'http://127.0.0.1:1',
  https_proxy: 'http://127.0.0.1:1',
  grpc_proxy: 'http://127.0.0.1:1',
  GRPC_NODE_USE_ALTERNATIVE_RESOLVER: 'true',
  NODE_PG_FORCE_NATIVE: '1',
  PGHOST: '/nowhere',
  PGPORT: '1',
  PGDATABASE: 'nothing',
  PGUSER: 'nobody',
  PGOPTIONS: '-c default_transaction_read_only=on',
  PGSSLMODE: 'require',
  PGSSLNEGOTIATION: 'direct',
  PGCONNECT_TIMEOUT: 'soon',
  PGCLIENT_ENCODING: 'LATIN1',
  PGREPLICATION: 'database',
};

let cluster: ServiceCluster;

beforeAll(async () => {
  cluster = await ServiceCluster.create({ env: { ORDERS_INVENTORY_TIMEOUT_MS: '5000' } });
  const { port } = cluster.inventory;
  await cluster.inventory.start({ ...VARIABLES, INVENTORY_SEED_STOCK: 'burger=5' });
  // A name, since an address is not looked up.
  await cluster.orders.start({ ...VARIABLES, ORDERS_INVENTORY_ADDRESS: `localhost:${port}` });
  await cluster.awaitInventoryStatus('up');
});

afterAll(() => cluster.stop());

it('the services connect as their settings say', async () => {
  const order = { userId: 'u-1', sku: 'burger', quantity: 1 };
  expect(await cluster.client.place(order)).toMatchObject({ status: 201 });
});

it.each(['localhost', '127.0.0.1'])('the cli calls Inventory at %s', async (host) => {
  const address = `${host}:${cluster.inventory.port}`;
  const command = new CliProcess(['stock', 'list', '--address', address], { env: VARIABLES });
  expect(await command.ended()).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('burger') as string,
  });
});

it('the cli reads the databases of its settings', async () => {
  const env = { ...VARIABLES, INVENTORY_DATABASE_URL: cluster.inventoryDatabase.url };
  const command = new CliProcess(['verify', '--inventory'], { env });
  expect(await command.ended()).toMatchObject({ code: 0 });
});
