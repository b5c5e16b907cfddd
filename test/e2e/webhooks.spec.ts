import { Webhook } from 'standardwebhooks';
import { ServiceCluster } from '../harness/service-cluster';
import { givenStock } from '../harness/stock';
import { eventually, times } from '../harness/wait';
import { WebhookReceiver } from '../harness/webhook-receiver';
import { WEBHOOK_SETTINGS, type WebhookBody, WebhookFixture } from './webhook-fixture';

const NO_WEBHOOK = '01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55';
const BOTH = ['order.placed', 'order.confirmed'];

let cluster: ServiceCluster;
let webhooks: WebhookFixture;
let receiver: WebhookReceiver;
let webhook: WebhookBody;

beforeAll(async () => {
  cluster = await ServiceCluster.start({ env: WEBHOOK_SETTINGS });
  webhooks = new WebhookFixture(cluster);
  await givenStock(cluster.inventoryDatabase, 'hook', 100_000);
});

afterAll(() => cluster.stop());

beforeEach(async () => {
  receiver = await WebhookReceiver.start();
  webhook = await webhooks.create(receiver.url);
});

afterEach(async () => {
  await webhooks.send('DELETE', `/${webhook.id}`);
  await receiver.stop();
});

const untilReceived = (orderId: string, types: readonly string[] = BOTH) =>
  eventually(`${types.join(', ')} of ${orderId} were received`, () =>
    types.every((type) => receiver.typesOf(orderId).includes(type)),
  );

/** Fails every attempt for these orders. */
const rejectOrders = (ids: ReadonlySet<string>, status = 503): void => {
  receiver.respond = ({ orderId }) => (ids.has(orderId) ? status : 204);
};

/** Places an order whose first event the receiver rejects. */
const givenRejectedOrder = async (rejected: Set<string>): Promise<string> => {
  receiver.respond = ({ orderId, type }) => {
    if (type === 'order.placed' && rejected.size === 0) rejected.add(orderId);
    return rejected.has(orderId) ? 503 : 204;
  };
  return webhooks.placeOrder();
};

describe('events', () => {
  it('are delivered signed, in the order of each order, with the public event as data', async () => {
    const ids = await Promise.all(times(20, () => webhooks.placeOrder()));
    for (const id of ids) {
      await untilReceived(id);
      expect(receiver.typesOf(id)).toEqual(BOTH);
    }
    const orderEvents = receiver.events.filter(({ type }) => type.startsWith('order.'));
    const [event] = orderEvents;
    const body = new Webhook(webhook.secret).verify(
      event?.body ?? '',
      (event?.headers ?? {}) as Record<string, string>,
    );
    expect(body).toMatchObject({
      type: event?.type,
      data: { orderId: event?.orderId, userId: 'u-1', items: [{ sku: 'hook', quantity: 1 }] },
    });
    expect(event?.headers['content-type']).toBe('application/json');
    expect(new Set(orderEvents.map(({ id }) => id)).size).toBe(40);
  });

  it('that came before the webhook was created, or that its filter leaves out, are not sent', async () => {
    const other = await WebhookReceiver.start();
    const before = await webhooks.placeOrder();
    await untilReceived(before);
    const filtered = await webhooks.create(other.url, { types: ['order.cancelled'] });
    const id = await webhooks.placeOrder();
    await cluster.client.request(id, 'cancel');
    await other.until('the cancellation was received', () => other.events.length > 0);
    expect(other.events.map(({ type, orderId }) => [type, orderId])).toEqual([
      ['order.cancelled', id],
    ]);
    await webhooks.send('DELETE', `/${filtered.id}`);
    await other.stop();
  });

  it('that fail are retried with the same id, and later ones of the order wait for them', async () => {
    let failures = 2;
    receiver.respond = () => (failures-- > 0 ? 500 : 204);
    const id = await webhooks.placeOrder();
    await untilReceived(id);
    expect(receiver.typesOf(id)).toEqual(BOTH);
    const placed = receiver.events.filter(({ type }) => type === 'order.placed');
    expect(placed).toHaveLength(3);
    expect(new Set(placed.map((event) => event.id)).size).toBe(1);
    const [delivery] = await webhooks.untilStatuses(webhook.id, id, ['DELIVERED', 'DELIVERED']);
    expect(delivery).toMatchObject({ type: 'order.placed', attempts: 3, responseCode: 204 });
    expect(await webhooks.get(webhook.id)).toMatchObject({ failingSince: null, waiting: 0 });
  });
});

describe('a delivery that fails for too long', () => {
  it('is parked, and only its order waits until it is redelivered', async () => {
    const rejected = new Set<string>();
    const bad = await givenRejectedOrder(rejected);
    const good = await webhooks.placeOrder();
    await untilReceived(good);
    const [parked] = await webhooks.untilStatuses(webhook.id, bad, ['PARKED', 'QUEUED']);
    expect(parked).toMatchObject({ responseCode: 503, error: 'The response was 503' });
    expect(await webhooks.get(webhook.id)).toMatchObject({ waiting: 1, parked: 1 });
    await cluster.client.request(bad, 'cancel');
    await webhooks.untilStatuses(webhook.id, bad, ['PARKED', 'QUEUED', 'QUEUED']);
    expect(receiver.typesOf(bad)).toEqual([]);

    const queued = (await webhooks.deliveries(webhook.id, '&status=QUEUED')).at(-1);
    const conflict = await webhooks.send(
      'POST',
      `/${webhook.id}/deliveries/${queued?.id}/redeliver`,
    );
    expect(conflict).toMatchObject({
      status: 409,
      body: {
        reason: 'DELIVERY_STATE_CONFLICT',
        deliveryStatus: 'QUEUED',
        allowed: ['discard'],
      },
    });
    rejected.clear();
    rejected.add('none');
    const path = `/${webhook.id}/deliveries/${parked?.id}/redeliver`;
    expect(await webhooks.send('POST', path)).toMatchObject({
      status: 200,
      body: { status: 'RETRYING' },
    });
    await untilReceived(bad, [...BOTH, 'order.cancelled']);
    expect(receiver.typesOf(bad)).toEqual([...BOTH, 'order.cancelled']);
  });

  it('can be discarded, and later events of its order go on', async () => {
    const bad = await givenRejectedOrder(new Set());
    const [parked] = await webhooks.untilStatuses(webhook.id, bad, ['PARKED', 'QUEUED']);
    rejectOrders(new Set());
    const path = `/${webhook.id}/deliveries/${parked?.id}/discard`;
    expect(await webhooks.send('POST', path)).toMatchObject({
      status: 200,
      body: { status: 'DISCARDED' },
    });
    await untilReceived(bad, ['order.confirmed']);
    expect(receiver.typesOf(bad)).toEqual(['order.confirmed']);
    expect(await webhooks.send('POST', path)).toMatchObject({
      status: 409,
      body: { reason: 'DELIVERY_STATE_CONFLICT', allowed: ['redeliver'] },
    });
  });

  it('that was delivered can be delivered again, with the same id', async () => {
    const id = await webhooks.placeOrder();
    await untilReceived(id);
    const [placed] = await webhooks.untilStatuses(webhook.id, id, ['DELIVERED', 'DELIVERED']);
    await webhooks.send('POST', `/${webhook.id}/deliveries/${placed?.id}/redeliver`);
    await receiver.until(
      'it was received twice',
      () => receiver.accepted.filter((event) => event.id === placed?.id).length === 2,
    );
  });
});

describe('a webhook', () => {
  it('that is rotated signs with both secrets, and then with the new one only', async () => {
    const rotated = await webhooks.send('POST', `/${webhook.id}/rotate-secret`);
    expect(rotated).toMatchObject({
      status: 200,
      body: { previousSecretUntil: expect.any(String) as string },
    });
    const verify = (secret: string) => {
      const { body = '', headers = {} } = receiver.events.at(-1) ?? {};
      return new Webhook(secret).verify(body, headers as Record<string, string>);
    };
    await webhooks.send('POST', `/${webhook.id}/test`);
    expect(verify(webhook.secret)).toEqual(verify(rotated.body.secret));
    await cluster.ordersDatabase.query(
      `update webhook_endpoint set previous_secret_until = now() where id = $1`,
      [webhook.id],
    );
    await webhooks.send('POST', `/${webhook.id}/test`);
    expect(verify(rotated.body.secret)).toMatchObject({ type: 'webhook.test' });
    expect(() => verify(webhook.secret)).toThrow('No matching signature');
    const { body } = await webhooks.send<string>('GET');
    expect(JSON.stringify(body)).not.toContain('whsec_');
  });

  it('that is tested reports what the receiver answered', async () => {
    receiver.respond = () => 418;
    expect(await webhooks.send('POST', `/${webhook.id}/test`)).toMatchObject({
      status: 200,
      body: { delivered: false, responseCode: 418, error: 'The response was 418' },
    });
  });

  it('that is disabled gets nothing, and begins with the next event when it is enabled', async () => {
    const disabled = await webhooks.send('PATCH', `/${webhook.id}`, { enabled: false });
    expect(disabled).toMatchObject({
      status: 200,
      body: { enabled: false, disabledReason: 'REQUESTED' },
    });
    await webhooks.placeOrder();
    await eventually('every event has a position', async () => {
      const waiting = await cluster.ordersDatabase.query('select from event_outbox');
      return waiting.length === 0;
    });
    expect(
      await cluster.ordersDatabase.query('select from event_cursor where name = $1', [
        `webhook/${webhook.id}`,
      ]),
    ).toEqual([]);
    const enabled = await webhooks.send('PATCH', `/${webhook.id}`, { enabled: true });
    expect(enabled.body).toMatchObject({ enabled: true, disabledAt: null });
    const id = await webhooks.placeOrder();
    await untilReceived(id);
    expect(new Set(receiver.events.map(({ orderId }) => orderId))).toEqual(new Set([id]));
  });

  it('whose URL is changed receives at the new one', async () => {
    const other = await WebhookReceiver.start();
    await webhooks.send('PATCH', `/${webhook.id}`, { url: other.url, description: 'moved' });
    expect(await webhooks.get(webhook.id)).toMatchObject({ url: other.url, description: 'moved' });
    await eventually('the new URL is used', async () => {
      await webhooks.placeOrder();
      return other.events.length > 0;
    });
    await other.stop();
  });

  it('that is deleted gets nothing more', async () => {
    expect((await webhooks.send('DELETE', `/${webhook.id}`)).status).toBe(204);
    expect(await webhooks.send('DELETE', `/${webhook.id}`)).toMatchObject({
      status: 404,
      body: { reason: 'WEBHOOK_NOT_FOUND', webhookId: webhook.id },
    });
    expect((await webhooks.send('GET', `/${webhook.id}`)).status).toBe(404);
  });
});

describe('a request', () => {
  it.each([
    [{}, 'url', 'is required'],
    [{ url: 'ftp://shop.example' }, 'url', 'must begin with https:// or http://'],
    [
      { url: 'https://shop.example', types: ['order.lost'] },
      'types',
      'must hold only order.placed',
    ],
    [{ url: 'https://shop.example', types: [] }, 'types', 'leave it out for all types'],
    [{ url: 'https://shop.example', typs: [] }, 'typs', 'did you mean types?'],
  ])('with %j is rejected with field, fault and remedy', async (body, field, fault) => {
    const answer = await webhooks.send<{ errors: object[] }>('POST', '', body);
    expect(answer).toMatchObject({ status: 400, body: { reason: 'INVALID_REQUEST' } });
    expect(answer.body.errors).toContainEqual({
      field,
      detail: expect.stringContaining(fault) as string,
    });
  });

  it('about a webhook or a delivery that does not exist is answered with 404', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/deliveries'],
      ['POST', '/test'],
      ['POST', '/rotate-secret'],
      ['POST', '/deliveries/x-1/discard'],
    ] as const) {
      const answer = await webhooks.send(method, `/${NO_WEBHOOK}${path}`);
      expect([path, answer.status, answer.body.reason]).toEqual([path, 404, 'WEBHOOK_NOT_FOUND']);
    }
    const answer = await webhooks.send('POST', `/${webhook.id}/deliveries/x-1/redeliver`);
    expect(answer).toMatchObject({ status: 404, body: { reason: 'DELIVERY_NOT_FOUND' } });
    expect((await webhooks.send('GET', '/x')).status).toBe(400);
  });

  it('for one more than 50 webhooks is rejected', async () => {
    await cluster.ordersDatabase.query(
      `insert into webhook_endpoint (id, url, secret, disabled_at, disabled_reason)
       select gen_random_uuid(), 'http://127.0.0.1:1', 'whsec_', now(), 'REQUESTED'
         from generate_series(1, 49)`,
    );
    const answer = await webhooks.send('POST', '', { url: receiver.url });
    expect(answer).toMatchObject({ status: 409, body: { reason: 'TOO_MANY_WEBHOOKS' } });
    await cluster.ordersDatabase.query(`delete from webhook_endpoint where secret = 'whsec_'`);
  });
});
