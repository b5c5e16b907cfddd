import type { TestingModule } from '@nestjs/testing';
import { BEGINNING } from '@app/events';
import type { EventsRepository } from '../../apps/orders/src/events/events.repository';
import { OrderRepository } from '../../apps/orders/src/order/order.repository';
import { WEBHOOK_EVENTS } from '../../apps/orders/src/webhooks/webhook-dispatcher.service';
import { WebhookRepository } from '../../apps/orders/src/webhooks/webhook.repository';
import { WebhookService } from '../../apps/orders/src/webhooks/webhook.service';
import { confirmationOf, orderOfOneBurger, placeAndConfirm } from '../harness/confirmed-orders';
import { eventually, times } from '../harness/wait';
import { HOUR_MS, WebhookInstances } from './webhook-instances';

const BOTH = ['order.placed', 'order.confirmed'];

let system: WebhookInstances;

beforeEach(async () => {
  system = await WebhookInstances.create();
});

afterEach(() => system.close());

const place = (instance: TestingModule, orders = 1) =>
  placeAndConfirm(instance.get(OrderRepository), orders);

const orderIds = async (): Promise<string[]> =>
  (await system.database.query<{ id: string }>('select id from orders order by id')).map(
    ({ id }) => id,
  );

const untilDelivered = () =>
  eventually(
    'every event was delivered',
    async () => (await orderIds()).every((id) => system.receiver.typesOf(id).length === 2),
    20_000,
  );

it('one of two instances delivers, and each order in its order, also while attempts fail', async () => {
  const [first, second] = await Promise.all([system.start(), system.start()]);
  await system.createWebhook(first);
  let nth = 0;
  system.receiver.respond = () => ((nth += 1) % 3 === 0 ? 500 : 204);
  await Promise.all(times(30, (index) => place(index % 2 ? first : second, (index % 4) + 1)));
  await untilDelivered();
  for (const id of await orderIds()) expect(system.receiver.typesOf(id)).toEqual(BOTH);
  const ids = system.receiver.accepted.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

it('an instance that has lost the lease stops, and the next one misses nothing', async () => {
  const first = await system.start();
  const id = await system.createWebhook(first);
  await place(first);
  await untilDelivered();
  // As if the first had been frozen for longer than its lease.
  await system.database.query(
    `update event_cursor set epoch = epoch + 1, leased_until = now() - interval '1 second'`,
  );
  const before = await system.epochOf(id);
  await system.start();
  await eventually('an instance has taken over', async () => (await system.epochOf(id)) > before);
  await place(first, 5);
  await untilDelivered();
  for (const orderId of await orderIds()) expect(system.receiver.typesOf(orderId)).toEqual(BOTH);
});

it('an event that is read later waits for one of its order that has failed', async () => {
  const instance = await system.start();
  await system.createWebhook(instance);
  system.receiver.respond = ({ type }) => (type === 'order.placed' ? 500 : 204);
  const untilRecorded = (status: string) =>
    eventually(`a delivery is ${status}`, async () => {
      const sql = 'select from webhook_delivery where status = $1';
      return (await system.database.query(sql, [status])).length === 1;
    });
  const orders = instance.get(OrderRepository);
  const placed = orderOfOneBurger();
  const created = await orders.insert([placed], 5_000, 30_000);
  await untilRecorded('RETRYING');
  await orders.record([confirmationOf(placed, created.get(placed.id) ?? new Date())]);
  await untilRecorded('QUEUED');
  system.receiver.respond = () => 204;
  await untilDelivered();
  expect(system.receiver.typesOf(placed.id)).toEqual(BOTH);
});

it('no events are read for a webhook of which 10,000 deliveries wait, until there are fewer', async () => {
  const instance = await system.start();
  const id = await system.createWebhook(instance);
  await system.database.query(
    `insert into webhook_delivery (endpoint_id, id, position, ref, key, type, status)
     select $1, 'p-' || n, n, 'order/x/1', 'k-' || n, 'order.placed', 'PARKED'
       from generate_series(1, 10000) n`,
    [id],
  );
  await system.stop();
  const next = await system.start();
  await place(next);
  const failing = `select from webhook_endpoint where failing_since is not null`;
  await eventually('it counts as failing', async () => {
    const rows = await system.database.query(failing);
    return rows.length === 1;
  });
  expect(system.receiver.events).toEqual([]);
  await system.database.query(`delete from webhook_delivery where id = 'p-1'`);
  await untilDelivered();
});

describe('the event of a webhook that is disabled', () => {
  const disabledOf = async (instance: TestingModule) => {
    const { events } = await instance
      .get<EventsRepository>(WEBHOOK_EVENTS)
      .readAfter(BEGINNING, 100);
    return events.filter((event) => 'webhookId' in event);
  };

  it('is received once by the others', async () => {
    const instance = await system.start();
    const id = await system.createWebhook(instance);
    await system.createWebhook(instance, '/other');
    const webhooks = instance.get(WebhookService);
    await webhooks.update(id, { enabled: false });
    await webhooks.update(id, { enabled: false });
    // The deliveries to a webhook that was just disabled end a little later.
    const received = await eventually('it was received', () => {
      const byOther = system.receiver.accepted.filter(({ path }) => path.endsWith('/other'));
      return byOther.length > 0 && byOther;
    });
    expect(received.map(({ body }) => JSON.parse(body) as unknown)).toMatchObject([
      { type: 'webhook.disabled', data: { webhookId: id, reason: 'REQUESTED' } },
    ]);
    expect(await disabledOf(instance)).toHaveLength(1);
  });

  it('is written with the change, also if its deliveries have only failed', async () => {
    const instance = await system.start();
    const [id, other] = [
      await system.createWebhook(instance),
      await system.createWebhook(instance),
    ];
    const repository = instance.get(WebhookRepository);
    expect(await repository.disableFailing(id, HOUR_MS)).toBe(false);
    await system.database.query(
      `update webhook_endpoint set failing_since = now() - interval '2 hours' where id = $1`,
      [id],
    );
    expect(await repository.disableFailing(id, HOUR_MS)).toBe(true);
    expect(await repository.disableFailing(other, HOUR_MS)).toBe(false);
    const events = await eventually('it is in the log', async () => {
      const found = await disabledOf(instance);
      return found.length > 0 && found;
    });
    expect(events).toMatchObject([{ webhookId: id, reason: 'FAILING' }]);
    const [row] = await system.database.query<{ at: Date }>(
      'select disabled_at as at from webhook_endpoint where id = $1',
      [id],
    );
    expect(events[0]).toMatchObject({ time: row?.at.toISOString() });
  });
});
