import { writeFileSync } from 'node:fs';
import { type IncomingMessage, parseDeadLetter, toResolution } from '@app/events';
import { OrderService } from '../../apps/orders/src/order/order.service';
import { FOR_ANY_CUSTOMER } from '../../apps/orders/src/order/requester';
import { WebhookService } from '../../apps/orders/src/webhooks/webhook.service';
import { EXAMPLES_VARIABLE } from '../../tools/async-api';
import { type MessageExample, readAsyncApi } from '../async-api/document';
import { exampleOf } from '../async-api/message-examples';
import { eventually } from '../harness/wait';
import { type ServicesWithBroker, startServicesWithBroker } from './services-with-broker';

const TIMEOUT_MS = 10_000;
const OCCURRED_AT = '2026-11-23T08:30:00Z';

let services: ServicesWithBroker;

beforeAll(async () => {
  services = await startServicesWithBroker({
    ORDERS_INVENTORY_TIMEOUT_MS: '10000',
    ORDERS_PARK_AFTER_REFUSALS: '1',
  });
});

afterAll(() => services.close());

const send = (topic: string, key: string, command: object): void =>
  services.broker.append([{ topic, key, value: JSON.stringify(command), headers: new Map() }]);

const messagesOf = (...topics: string[]): IncomingMessage[] =>
  topics.flatMap((topic) => services.broker.messagesOf(topic));

const bodyOf = ({ value }: IncomingMessage) =>
  JSON.parse(String(value)) as Readonly<Record<string, unknown>>;

/** Waits for the event of a type about a key or an idempotency key. */
const published = (type: string, about: string): Promise<Readonly<Record<string, unknown>>> =>
  eventually(`${type} of ${about} is published`, () =>
    messagesOf('orders.v1', 'inventory.v1')
      .map(bodyOf)
      .find((event) => event.type === type && Object.values(event).includes(about)),
  );

const deliver = async (sku: string, delta: number, adjustmentId = `delivery-${sku}`) => {
  send('stock-adjustments.v1', sku, {
    ...{ adjustmentId, sku, delta, reason: 'delivery 17', actor: 'dock' },
    ...{ occurredAt: OCCURRED_AT, allowShortfall: delta < 0 },
  });
  await published('stock.adjusted', adjustmentId);
};

/** Sends the command, and returns the id of the order. */
const place = async (commandId: string, items: object, outcome = 'order.confirmed') => {
  const command = { commandId, type: 'place', userId: 'u-1', externalId: 'shop-4711', ...items };
  send('order-commands.v1', commandId, command);
  return String((await published(outcome, commandId)).orderId);
};

const placeEach = async (): Promise<void> => {
  await deliver('burger', 10);
  const confirmed = await place('place-1', { sku: 'burger', quantity: 2 });
  send('order-commands.v1', confirmed, { commandId: 'f-1', type: 'fulfill', orderId: confirmed });
  await published('order.fulfilled', confirmed);
  const other = await place('place-2', {
    items: [{ sku: 'burger', quantity: 3 }],
  });
  const deadline = new Date(Date.now() + TIMEOUT_MS);
  const kept = [{ sku: 'burger', quantity: 1 }];
  await services.orders.get(OrderService).reduce(other, kept, deadline, FOR_ANY_CUSTOMER);
  await published('order.changed', other);
  send('order-commands.v1', other, { commandId: 'c-1', type: 'cancel', orderId: other });
  await published('order.cancelled', other);
  await place('place-3', { sku: 'burger', quantity: 900 }, 'order.rejected');
};

/** An order whose units are missing when it is to be fulfilled. */
const park = async (): Promise<void> => {
  await deliver('salad', 5);
  const orderId = await place('place-4', { sku: 'salad', quantity: 4 });
  await deliver('salad', -3, 'loss-salad');
  send('order-commands.v1', orderId, { commandId: 'f-2', type: 'fulfill', orderId });
  await published('order.parked', orderId);
};

const crossThreshold = async (): Promise<void> => {
  const { inventory } = services;
  await deliver('fries', 12);
  await inventory.setStockThreshold({ sku: 'fries', threshold: { lowAt: 10, replenishedAt: 20 } });
  const reservationId = 'table-7';
  await inventory.createReservation({ reservationId, lines: [{ sku: 'fries', quantity: 3 }] });
  await published('stock.low', 'fries');
  await deliver('fries', 11, 'delivery-more-fries');
  await published('stock.replenished', 'fries');
  const count = { adjustmentId: 'count-1', sku: 'fries', count: 21 };
  const who = { reason: 'stocktaking', actor: 'ann', occurredAt: OCCURRED_AT };
  send('stock-adjustments.v1', 'fries', { ...count, ...who });
  await published('stock.adjusted', 'count-1');
};

const expire = async (): Promise<void> => {
  const reservationId = 'table-8';
  const ttl = { seconds: 0, nanos: 1_000_000 };
  const lines = [{ sku: 'fries', quantity: 1 }];
  await services.inventory.createReservation({ reservationId, lines, ttl });
  await published('reservation.expired', reservationId);
};

const disableWebhook = async (): Promise<void> => {
  const webhooks = services.orders.get(WebhookService);
  const settings = { url: 'https://shop.example/hook', types: null, description: null };
  const { webhook } = await webhooks.create(settings);
  await webhooks.update(webhook.id, { enabled: false });
  await published('webhook.disabled', webhook.id);
};

const bury = async (): Promise<void> => {
  send('order-commands.v1', 'k-1', { commandId: 'c-2', type: 'cancel', orderId: 'x', version: 2 });
  const late = { adjustmentId: 'count-0', sku: 'fries', count: 30, reason: 'stocktaking' };
  const who = { actor: 'bob', occurredAt: '2026-11-22T08:30:00Z' };
  send('stock-adjustments.v1', 'fries', { ...late, ...who });
  for (const topic of ['orders.dlq.v1', 'inventory.dlq.v1']) {
    const message = await eventually(`a dead letter is in ${topic}`, () => messagesOf(topic)[0]);
    const letter = parseDeadLetter(message);
    if (letter) services.broker.append([toResolution(letter, topic, 'replayed')]);
  }
};

const nameOf = (message: IncomingMessage): string => {
  const { topic, headers } = message;
  if (headers.has('dlq-resolves')) return 'dead-letter.resolution';
  if (topic === 'orders.dlq.v1') return 'order-command.dead-letter';
  if (topic === 'inventory.dlq.v1') return 'stock-adjustment.dead-letter';
  if (topic === 'stock-adjustments.v1') return 'count' in bodyOf(message) ? 'count' : 'delivery';
  return String(bodyOf(message).type);
};

const positionOf = ({ headers }: IncomingMessage): number =>
  Number(headers.get('ce_logposition')?.toString() ?? 0);

/** In the order in which they were sent, which is that of this test. */
const bySending = (one: IncomingMessage, other: IncomingMessage): number =>
  one.timestampMs - other.timestampMs || positionOf(one) - positionOf(other);

/** One message of each kind: the first. */
const producedExamples = (): Readonly<Record<string, MessageExample>> => {
  const topics = Object.values(readAsyncApi().channels).map(({ address }) => address);
  const first = new Map<string, MessageExample>();
  for (const message of messagesOf(...topics).sort(bySending)) {
    const name = nameOf(message);
    if (!first.has(name)) first.set(name, exampleOf(message));
  }
  return Object.fromEntries(first);
};

it('has the messages of the running services as its examples', async () => {
  await placeEach();
  await park();
  await crossThreshold();
  await expire();
  await disableWebhook();
  await bury();
  const produced = producedExamples();
  const file = process.env[EXAMPLES_VARIABLE];
  if (file !== undefined) {
    writeFileSync(file, JSON.stringify(produced));
    return;
  }
  const { messages } = readAsyncApi().components;
  const documented = Object.values(messages).map(({ name, examples = [] }) => [name, examples]);
  const expected = Object.entries(produced).map(([name, each]) => [name, [{ name, ...each }]]);
  // If they differ: `npm run asyncapi`, and commit the file.
  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(expected));
}, 60_000);
