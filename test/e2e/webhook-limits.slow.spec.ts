import { ServiceCluster } from '../harness/service-cluster';
import { givenStock } from '../harness/stock';
import { eventually, times } from '../harness/wait';
import { WebhookReceiver } from '../harness/webhook-receiver';
import { WEBHOOK_SETTINGS, WebhookFixture } from './webhook-fixture';

let cluster: ServiceCluster;
let webhooks: WebhookFixture;
const receivers: WebhookReceiver[] = [];

beforeAll(async () => {
  const disable = {
    ORDERS_WEBHOOK_DISABLE_AFTER_SECONDS: '3',
    ORDERS_WEBHOOK_PARK_AFTER_SECONDS: '600',
  };
  cluster = await ServiceCluster.start({ env: { ...WEBHOOK_SETTINGS, ...disable } });
  webhooks = new WebhookFixture(cluster);
  await givenStock(cluster.inventoryDatabase, 'hook', 100_000);
});

afterAll(() => cluster.stop());

afterEach(async () => {
  await Promise.all(receivers.splice(0).map((receiver) => receiver.stop()));
});

const startReceiver = async (): Promise<WebhookReceiver> => {
  const receiver = await WebhookReceiver.start();
  receivers.push(receiver);
  return receiver;
};

it('a receiver that does not respond delays neither orders nor other webhooks', async () => {
  const [silent, other] = [await startReceiver(), await startReceiver()];
  silent.respond = () => 'own';
  const hanging = await webhooks.create(silent.url);
  const { id: otherId } = await webhooks.create(other.url);
  await webhooks.placeOrder();
  await silent.until('it is silent', () => silent.events.length > 0);
  const ids = await Promise.all(times(50, () => webhooks.placeOrder()));
  await other.until('the other one has all', () =>
    ids.every((id) => other.typesOf(id).length === 2),
  );
  // A connection that timed out may still be open at the receiver when the next one is.
  expect(silent.connections).toBeLessThanOrEqual(16);
  await eventually('the silent one is disabled', async () => {
    const { disabledReason } = await webhooks.get(hanging.id);
    return disabledReason === 'FAILING';
  });
  await webhooks.send('DELETE', `/${hanging.id}`);
  await webhooks.send('DELETE', `/${otherId}`);
});

it('a webhook whose deliveries only fail is disabled, and keeps no events of the log', async () => {
  const receiver = await startReceiver();
  receiver.respond = () => 500;
  const { id } = await webhooks.create(receiver.url);
  const order = await webhooks.placeOrder();
  await eventually('it fails', async () => (await webhooks.get(id)).failingSince !== null);
  await eventually('it is disabled', async () => !(await webhooks.get(id)).enabled);
  expect(await webhooks.get(id)).toMatchObject({ disabledReason: 'FAILING', waiting: 0 });
  const cursors = await cluster.ordersDatabase.query('select from event_cursor where name = $1', [
    `webhook/${id}`,
  ]);
  expect(cursors).toEqual([]);
  expect(cluster.orders.logs).toContain(`Webhook ${id} is disabled`);

  const [delivery] = await webhooks.untilStatuses(id, order, ['DISCARDED', 'DISCARDED']);
  const path = `/${id}/deliveries/${delivery?.id}/redeliver`;
  expect(await webhooks.send('POST', path)).toMatchObject({
    status: 409,
    body: { reason: 'WEBHOOK_DISABLED' },
  });
  receiver.respond = () => 204;
  await webhooks.send('PATCH', `/${id}`, { enabled: true });
  expect((await webhooks.send('POST', path)).status).toBe(200);
  await receiver.until('it was delivered', () => receiver.typesOf(order).length === 1);
  await webhooks.send('DELETE', `/${id}`);
});

it('a webhook that works again after a while gets what waits within seconds', async () => {
  await cluster.restartOrders({ ORDERS_WEBHOOK_DISABLE_AFTER_SECONDS: '3600' });
  const receiver = await startReceiver();
  receiver.respond = () => 500;
  const { id } = await webhooks.create(receiver.url);
  const order = await webhooks.placeOrder();
  await webhooks.untilStatuses(id, order, ['RETRYING', 'QUEUED']);
  await cluster.orders.stop();
  await cluster.ordersDatabase.query(
    `update webhook_delivery set next_attempt_at = now() + interval '1 hour'
      where endpoint_id = $1 and status = 'RETRYING'`,
    [id],
  );
  await cluster.ordersDatabase.query(
    `update webhook_endpoint set failing_since = now() - interval '1 minute' where id = $1`,
    [id],
  );
  receiver.respond = () => 204;
  await cluster.orders.start();
  await webhooks.placeOrder();
  await receiver.until(
    'what waited was delivered',
    () => receiver.typesOf(order).length === 2,
    15_000,
  );
  await webhooks.send('DELETE', `/${id}`);
});

it('a private address is refused unless it is allowed, also behind a name', async () => {
  const receiver = await startReceiver();
  await cluster.restartOrders({ ORDERS_WEBHOOK_ALLOW_PRIVATE: '' });
  const { id } = await webhooks.create(`http://localhost:${receiver.port}/hook`);
  expect(await webhooks.send('POST', `/${id}/test`)).toMatchObject({
    status: 200,
    body: {
      delivered: false,
      responseCode: null,
      error: expect.stringContaining('no public address') as string,
    },
  });
  expect(receiver.connections).toBe(0);
  expect(cluster.orders.logs).not.toContain('whsec_');
  await webhooks.send('DELETE', `/${id}`);
});
