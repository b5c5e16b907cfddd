import type { Socket } from 'node:net';
import { cloneDatabase, type TestDatabase } from '../harness/databases';
import { DamageMeter } from '../harness/damage-meter';
import { ATTACKS, Battlefield } from '../harness/grpc-attacks';
import { rawSocket } from '../harness/hostile-client';
import { connectInventory } from '../harness/inventory-client';
import { newInventory } from '../harness/services';
import { givenStock } from '../harness/stock';
import { eventually, times } from '../harness/wait';

const SIZE = 4;
const HEAP = '--max-old-space-size=384';
const TIMEOUT_MS = 180_000;

let database: TestDatabase;

beforeAll(async () => {
  database = await cloneDatabase('inventory');
  await givenStock(database, ['burger', ...times(999, (index) => `sku-${index}`)], 5);
});

afterAll(() => database.drop());

it.each(ATTACKS)(
  'a new process with a heap of 384 MB survives $name',
  async ({ name, run }) => {
    const inventory = await newInventory(database, {}, { nodeArguments: [HEAP] });
    await inventory.start();
    const client = connectInventory(inventory.address, {}, true);
    const field = new Battlefield(inventory.address, inventory.port);
    try {
      const meter = await DamageMeter.start(inventory, client);
      const damage = await meter.of(() => run(field, SIZE));
      console.log(`${name}: ${JSON.stringify(damage)}`);
      expect(damage).toMatchObject({ isAlive: true });
      expect(damage.callMs).toBeLessThan(100);
      expect(damage.logLines).toBeLessThan(20);
      if (!Number.isNaN(damage.growthMb)) expect(damage.growthMb).toBeLessThanOrEqual(64);
    } finally {
      field.clear();
      client.close();
      await inventory.stop();
    }
  },
  TIMEOUT_MS,
);

it('Inventory disconnects clients that send nothing and answer no ping', async () => {
  const inventory = await newInventory(database, { INVENTORY_KEEPALIVE_SECONDS: '1' });
  await inventory.start();
  try {
    const silent: readonly Socket[] = await Promise.all([
      rawSocket(inventory.port),
      rawSocket(inventory.port, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    ]);
    await eventually('both are disconnected', () =>
      silent.every((socket) => socket.resume().destroyed),
    );
  } finally {
    await inventory.stop();
  }
});
