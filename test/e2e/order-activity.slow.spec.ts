import { ServiceCluster } from '../harness/service-cluster';
import { eventually } from '../harness/wait';

const ENV = {
  ORDERS_LOG_ACTIVITY: 'true',
  ORDERS_INVENTORY_TIMEOUT_MS: '5000',
  INVENTORY_SEED_STOCK: 'burger=2',
};

let cluster: ServiceCluster;

beforeAll(async () => {
  cluster = await ServiceCluster.start({ env: ENV });
});

afterAll(() => cluster.stop());

const place = (quantity: number) =>
  cluster.client.place({ userId: 'u-1', sku: 'burger', quantity });

/** Returns the lines that Orders has logged about outcomes since `from`, and waits for the text. */
const logged = async (text: string, from = 0): Promise<string> => {
  await eventually(
    `Orders logs "${text}"`,
    () => cluster.orders.logs.slice(from).includes(text),
    20_000,
  );
  return cluster.orders.logs.slice(from);
};

it('logs orders per second by outcome, and the loss and the return of Inventory', async () => {
  expect(await place(1)).toMatchObject({ status: 201 });
  expect(await place(7)).toMatchObject({ status: 409 });
  expect(await logged('out of stock')).toMatch(
    /Orders per second: 0\.\d confirmed, 0\.\d out of stock"/,
  );

  const lost = cluster.orders.logs.length;
  await cluster.inventory.stop('SIGKILL');
  await logged('Inventory is unavailable', lost);
  expect(await place(1)).toMatchObject({ status: 202 });
  await logged('pending', lost);

  const restarted = cluster.orders.logs.length;
  await cluster.inventory.start();
  await logged('Inventory is available again', restarted);
  expect(await logged('confirmed', restarted)).not.toContain('pending');

  // Idle since then: a line would be due, and the one at the end of Orders has nothing to state.
  const idle = cluster.orders.logs.length;
  await cluster.orders.stop();
  expect(cluster.orders.logs.slice(idle)).not.toContain('Orders per second');
});
