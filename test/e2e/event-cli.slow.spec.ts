import { CliProcess } from '../harness/cli-process';
import { ServiceCluster } from '../harness/service-cluster';
import { givenStock } from '../harness/stock';
import { eventually } from '../harness/wait';

let cluster: ServiceCluster;
let id: string;

beforeAll(async () => {
  cluster = await ServiceCluster.start();
  await givenStock(cluster.inventoryDatabase, 'tailed', 10);
  const placed = await cluster.client.place({ userId: 'u', sku: 'tailed', quantity: 1 });
  id = placed.body.id;
  // Two of the order, and that of the stock, which Orders gets from Inventory.
  await eventually('all events are in the log', async () => {
    const [row] = await cluster.ordersDatabase.query<{ last: string }>(
      'select last_position as last from event_sequence',
    );
    return row?.last === '3';
  });
});

afterAll(() => cluster.stop());

const run = (...args: string[]) =>
  new CliProcess(['events', ...args], {
    env: { ORDERS_DATABASE_URL: cluster.ordersDatabase.url },
  }).ended();

const cursor = () =>
  cluster.ordersDatabase.query(`select position, epoch from event_cursor where name = 'sink'`);

it('prints the events of the log, from any of them on', async () => {
  const all = await run('tail', 'orders');
  expect(all.code).toBe(0);
  const lines = all.stdout.trimEnd().split('\n');
  expect(lines.map((line) => line.split('\t')[0])).toEqual(['1', '2', '3']);
  expect(lines.map((line) => line.split('\t')[2])).toEqual(
    expect.arrayContaining([`order/${id}/1`, `order/${id}/2`]),
  );
  expect((await run('tail', 'orders', '--from', '2')).stdout).toMatch(/^2\t/);
  expect((await run('tail', 'orders', '--match', 'nothing')).stdout).toBe('');
  expect((await run('tail', 'orders', '--from', 'now')).stdout).toBe('');
});

it('prints events as they are committed, until it is stopped', async () => {
  const following = new CliProcess(['events', 'tail', 'orders', '--from', '3', '--follow'], {
    env: { ORDERS_DATABASE_URL: cluster.ordersDatabase.url },
  });
  await eventually('it prints the present events', () => following.output.startsWith('3\t'));
  await cluster.client.place({ userId: 'u', sku: 'tailed', quantity: 1 });
  await cluster.client.place({ userId: 'u', sku: 'tailed', quantity: 1 });
  await eventually('it prints the last event', () => following.output.includes('\n7\t'));
  following.signal('SIGINT');
  expect(await following.ended()).toMatchObject({ code: 0 });
});

it('shows how far a cursor is behind', async () => {
  await cluster.ordersDatabase.query(
    `insert into event_cursor (name, position) values ('sink', 2)`,
  );
  expect((await run('lag', 'orders')).stdout).toMatch(
    /^The log has the events 1 to 7\.\nsink\tat 2\t5 behind\tnot held by any process, last used /,
  );
});

it('moves a cursor, which takes it from its holder', async () => {
  const { code, stdout } = await run('replay', 'orders', 'sink', '--from', 'oldest');
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'sink is at 0: 7 events follow.\n' });
  expect(await cursor()).toEqual([{ position: '0', epoch: '1' }]);
});

it('deletes a cursor that no process uses', async () => {
  expect((await run('forget', 'orders', 'sink')).stderr).toMatch(/sink is in use/);
  await cluster.ordersDatabase.query(
    `update event_cursor set updated_at = now() - interval '2 minutes'`,
  );
  expect((await run('forget', 'orders', 'sink')).stdout).toMatch(/^sink is deleted\./);
  expect(await cursor()).toEqual([]);
});

it.each([
  [['forget', 'orders', 'nothing'], /no cursor "nothing"/],
  [['forget', 'orders', 'webhook/x'], /belongs to a webhook/],
  [['replay', 'orders', 'nothing', '--from', '1'], /no cursor "nothing". There are no cursors\./],
  [['replay', 'orders', 'sink', '--from', '99'], /has the events 1 to 7, but not 99/],
  [['tail', 'orders', '--from', 'x'], /--from must be oldest, now or the number of an event/],
])('%j fails with the fault and the remedy', async (args, message) => {
  const { code, stderr } = await run(...args);
  expect(code).toBe(1);
  expect(stderr).toMatch(message);
});
