import { join } from 'node:path';
import { ServiceCluster } from '../harness/service-cluster';
import { givenStock } from '../harness/stock';
import { eventually } from '../harness/wait';

const DAY_MS = 86_400_000;
const PRELOAD = join(__dirname, '../harness/clock-preload.cjs');

/** The time in a UUIDv7. */
const timeOf = (id: string): number => parseInt(id.replaceAll('-', '').slice(0, 12), 16);

describe.each([
  ['32 days behind', -32 * DAY_MS],
  ['a day ahead', DAY_MS],
])('with processes whose clocks are %s', (_what, shiftMs) => {
  let cluster: ServiceCluster;

  beforeAll(async () => {
    cluster = await ServiceCluster.start({
      env: { QUICKBITE_TEST_CLOCK_MS: String(shiftMs), ORDERS_INVENTORY_TIMEOUT_MS: '5000' },
      process: { nodeArguments: ['--require', PRELOAD] },
    });
    await givenStock(cluster.inventoryDatabase, 'burger', 5);
  });

  afterAll(() => cluster.stop());

  it('confirms orders, whose ids have the right time', async () => {
    const { status, body } = await cluster.client.place({
      userId: 'u',
      sku: 'burger',
      quantity: 1,
    });
    expect({ status, order: body.status }).toEqual({ status: 201, order: 'CONFIRMED' });
    expect(Math.abs(timeOf(body.id) - Date.now())).toBeLessThan(5_000);
  });

  it('stays ready, reports the skew and logs it once', async () => {
    const ready = await eventually('the skew is known', async () => {
      const answer = await cluster.client.get<{ clockSkewMs: Record<string, number | null> }>(
        '/health/ready',
      );
      return answer.body.clockSkewMs.inventoryDatabase === null ? undefined : answer;
    });
    expect(ready.status).toBe(200);
    const { process, ordersDatabase, inventoryDatabase } = ready.body.clockSkewMs;
    expect(Math.abs(Number(process) - shiftMs)).toBeLessThan(5_000);
    expect(Math.abs(Number(ordersDatabase))).toBeLessThan(5_000);
    expect(Math.abs(Number(inventoryDatabase))).toBeLessThan(5_000);
    expect(cluster.orders.logs.match(/A clock is wrong/g)).toHaveLength(1);
  });
});
