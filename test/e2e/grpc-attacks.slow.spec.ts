import type { Socket } from 'node:net';
import { DamageMeter } from '../harness/damage-meter';
import { ATTACKS, Battlefield } from '../harness/grpc-attacks';
import { rawSocket } from '../harness/hostile-client';
import { ServiceCluster } from '../harness/service-cluster';
import { givenStock } from '../harness/stock';
import { eventually, times } from '../harness/wait';

/** The usual heap of a container. */
const HEAP = '--max-old-space-size=384';

let cluster: ServiceCluster;
let meter: DamageMeter;
let field: Battlefield;
/** Open from the beginning, since it takes a while until they are disconnected. */
let silent: readonly Socket[];

beforeAll(async () => {
  cluster = await ServiceCluster.start({
    orders: 0,
    env: { INVENTORY_KEEPALIVE_SECONDS: '1' },
    process: { nodeArguments: [HEAP] },
  });
  await givenStock(
    cluster.inventoryDatabase,
    ['burger', ...times(999, (index) => `sku-${index}`)],
    5,
  );
  meter = await DamageMeter.start(cluster.inventory, cluster.inventoryClient);
  const { address, port } = cluster.inventory;
  silent = await Promise.all([
    rawSocket(port),
    rawSocket(port, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  ]);
  field = new Battlefield(address, port);
});

afterEach(() => field.clear());

afterAll(() => cluster.stop());

it.each(ATTACKS)('Inventory survives $name', async ({ run }) => {
  const damage = await meter.of(() => run(field, 1));
  expect(damage.isAlive).toBe(true);
  expect(damage.callMs).toBeLessThan(100);
  expect(damage.logLines).toBeLessThan(20);
  if (!Number.isNaN(damage.growthMb)) expect(damage.growthMb).toBeLessThanOrEqual(64);
});

it('Inventory disconnects clients that send nothing and answer no ping', async () => {
  await eventually('both are disconnected', () =>
    silent.every((socket) => socket.resume().destroyed),
  );
});
