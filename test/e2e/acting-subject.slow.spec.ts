import { IdentityProvider } from '../harness/identity-provider';
import { ServiceCluster } from '../harness/service-cluster';
import { givenStock } from '../harness/stock';
import { eventually, times } from '../harness/wait';
import { TlsFixture } from './tls-fixture';

const ONE_BURGER = { sku: 'burger', quantity: 1 };

let provider: IdentityProvider;
let fixture: TlsFixture;
let cluster: ServiceCluster;

beforeAll(async () => {
  [provider, fixture] = [await IdentityProvider.start(), await TlsFixture.create()];
  cluster = await ServiceCluster.start({
    env: {
      LOG_LEVEL: 'debug',
      ORDERS_INVENTORY_TIMEOUT_MS: '5000',
      ...provider.settings,
      ...fixture.inventoryEnv,
      ...fixture.ordersEnv,
    },
  });
  await givenStock(cluster.inventoryDatabase, 'burger', 1_000);
});

afterAll(async () => {
  await cluster.stop();
  await provider.stop();
  await fixture.remove();
});

interface Line {
  readonly requestId?: string;
  readonly subject?: string;
  readonly rpc?: string;
}

/** Returns the line that Inventory logs for a request and with this text. */
const lineOf = (requestId: string, text: string): Promise<Line> =>
  eventually(`${requestId} is logged`, () => {
    const line = cluster.inventory.logs
      .split('\n')
      .find((each) => each.includes(`"requestId":"${requestId}"`) && each.includes(text));
    return line !== undefined && (JSON.parse(line) as Line);
  });

it('Inventory logs the customer of each order of a batch', async () => {
  const placed = await Promise.all(
    times(40, (nth) =>
      cluster.client
        .as(provider.token(`customer-${nth}`, 'customer'))
        .place(ONE_BURGER, { headers: { 'X-Request-Id': `placed-${nth}` } }),
    ),
  );
  expect(placed.map(({ status }) => status)).toEqual(times(40, () => 201));
  const lines = placed.map(({ body }, nth) => lineOf(`placed-${nth}`, body.id));
  expect((await Promise.all(lines)).map(({ subject }) => subject)).toEqual(
    times(40, (nth) => `customer-${nth}`),
  );
});

it('Inventory logs the caller of a single call', async () => {
  const { body } = await cluster.client.as(provider.token('ann', 'customer')).place(ONE_BURGER);
  const staff = cluster.client.as(provider.token('José', 'staff'));
  await staff.request(body.id, 'cancel', { headers: { 'X-Request-Id': 'cancelled' } });
  expect(await lineOf('cancelled', '"rpc":"ReleaseReservation"')).toMatchObject({
    subject: 'José',
  });
});
