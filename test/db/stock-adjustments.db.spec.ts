import { randomUUID } from 'node:crypto';
import { Test, type TestingModule } from '@nestjs/testing';
import { EventLogModule, type IncomingMessage, parseDeadLetter } from '@app/events';
import { PostgresModule } from '@app/postgres';
import { inventorySchema } from '../../apps/inventory/src/database/inventory.schema';
import { InventoryMessagingModule } from '../../apps/inventory/src/messaging/inventory-messaging.module';
import { cloneDatabase, type TestDatabase } from '../harness/databases';
import { IN_MEMORY_KAFKA, InMemoryBroker } from '../harness/in-memory-broker';
import { connectInventory } from '../harness/inventory-client';
import { silentLogger } from '../harness/silent-logger';
import { eventually, times } from '../harness/wait';
import { inventoryServer } from './inventory-server';

const COMMANDS = 'stock-adjustments.v1';
const GROUP = 'quickbite-inventory';

let database: TestDatabase;
let broker: InMemoryBroker;
const modules: TestingModule[] = [];

/** An instance of Inventory as far as it works with Kafka. */
const startInstance = async (): Promise<TestingModule> => {
  const settings = { url: database.url, applicationName: 'test', poolSize: 4, timeoutMs: 5_000 };
  const module = await Test.createTestingModule({
    imports: [
      PostgresModule.forApp({ ...settings, migrateOnStart: false }, inventorySchema),
      EventLogModule.with({ retentionMs: 3_600_000 }),
      InventoryMessagingModule.with(IN_MEMORY_KAFKA, () => broker),
    ],
  })
    .setLogger(silentLogger)
    .compile();
  await module.init();
  modules.push(module);
  return module;
};

const send = (adjustment: object): void => {
  const { sku = 'none' } = adjustment as { sku?: string };
  const value = JSON.stringify({ reason: 'test', actor: 'warehouse', ...adjustment });
  broker.append([{ topic: COMMANDS, key: sku, value, headers: new Map() }]);
};

const minute = (number: number): string => new Date(Date.UTC(2026, 0, 1, 0, number)).toISOString();

const delivery = (sku: string, delta: number, adjustmentId: string = randomUUID()) => ({
  ...{ adjustmentId, sku, delta, occurredAt: minute(0) },
});

const count = (sku: string, units: number, occurredAt: string, adjustmentId = randomUUID()) => ({
  ...{ adjustmentId, sku, count: units, occurredAt },
});

const untilCommitted = () =>
  eventually(
    'all adjustments are done',
    () =>
      broker
        .partitionsOf(COMMANDS)
        .every((log, index) => broker.committedOf(GROUP, COMMANDS, index) === BigInt(log.length)),
    20_000,
  );

const onHandOf = async (sku: string): Promise<number | undefined> => {
  const [level] = await database.query<{ onHand: number }>(
    'select on_hand as "onHand" from stock_level where sku = $1',
    [sku],
  );
  return level?.onHand;
};

const deadLetters = () => broker.messagesOf('inventory.dlq.v1').map(parseDeadLetter);

const bodyOf = ({ value }: IncomingMessage): unknown => JSON.parse(String(value));

beforeEach(async () => {
  database = await cloneDatabase('inventory');
  broker = new InMemoryBroker();
});

afterEach(async () => {
  await Promise.all(modules.splice(0).map((module) => module.close()));
  await database.drop();
});

it('records deliveries once each while instances come and go and messages are repeated', async () => {
  await startInstance();
  const deliveries = times(60, (index) => delivery(`sku-${index % 4}`, index + 1));
  for (const [index, each] of deliveries.entries()) {
    send(each);
    if (index % 2 === 0) send(each);
    if (index === 20) await startInstance();
    if (index === 40) await modules.shift()?.close();
  }
  await untilCommitted();
  for (const sku of ['sku-0', 'sku-1', 'sku-2', 'sku-3']) {
    const expected = deliveries.filter((each) => each.sku === sku);
    const total = expected.reduce((sum, { delta }) => sum + delta, 0);
    expect(await onHandOf(sku)).toBe(total);
  }
  expect(deadLetters()).toEqual([]);
});

it('rejects a count that is older than the last one of its SKU, and no delivery', async () => {
  await startInstance();
  const later = count('burger', 7, minute(20));
  send(later);
  send(count('burger', 99, minute(10)));
  send(delivery('burger', 3));
  send(later);
  send(count('pizza', 5, minute(10)));
  await untilCommitted();
  expect(await onHandOf('burger')).toBe(10);
  expect(await onHandOf('pizza')).toBe(5);
  expect(deadLetters()).toMatchObject([{ reason: 'STALE_COUNT', key: Buffer.from('burger') }]);
});

it.each([
  ['with both a delta and a count', { ...delivery('burger', 1), count: 2 }, 'INVALID_REQUEST'],
  ['without a time', { ...delivery('burger', 1), occurredAt: undefined }, 'INVALID_REQUEST'],
  ['of the future', count('burger', 1, '2100-01-01T00:00:00Z'), 'INVALID_REQUEST'],
  ['that removes more than there is', delivery('burger', -1), 'STOCK_OUT_OF_RANGE'],
])('makes an adjustment %s a dead letter', async (_, adjustment, reason) => {
  await startInstance();
  send(adjustment);
  send(delivery('burger', 4));
  await untilCommitted();
  expect(deadLetters()).toMatchObject([{ reason }]);
  expect(await onHandOf('burger')).toBe(4);
});

it('says by gRPC which partitions are stopped since their dead letters cannot be written', async () => {
  const server = await inventoryServer(database.url, {}, {}, broker);
  const calls = connectInventory(server.address);
  broker.unwritable.add('inventory.dlq.v1');
  send({ sku: 'burger' });
  const partition = `${COMMANDS}/${broker.messagesOf(COMMANDS)[0]?.partition}`;
  const kafka = await eventually('it is stopped', async () => {
    const response = await calls.getKafkaStatus({});
    return response.kafka?.stoppedPartitions.length === 1 && response.kafka;
  });
  expect(kafka.stoppedPartitions).toMatchObject([
    { partition, reason: expect.stringContaining('cannot write to inventory.dlq.v1') as string },
  ]);
  broker.unwritable.clear();
  await untilCommitted();
  const status = await calls.getKafkaStatus({});
  expect(status.kafka?.stoppedPartitions ?? []).toEqual([]);
  calls.close();
  await server.stop();
  // Another instance takes over at once.
  expect(await database.query('select from event_cursor where leased_until > now()')).toEqual([]);
});

it('publishes the events of stock by SKU', async () => {
  await startInstance();
  send(delivery('burger', 3, 'a-1'));
  await untilCommitted();
  const [message] = await eventually('the event is published', () => {
    const messages = broker.messagesOf('inventory.v1');
    return messages.length > 0 && messages;
  });
  if (!message) throw new Error('There is no message');
  expect(String(message.key)).toBe('burger');
  expect(bodyOf(message)).toMatchObject({
    ...{ type: 'stock.adjusted', sku: 'burger', onHandDelta: 3, onHand: 3 },
    ...{ adjustmentId: 'a-1', reason: 'test', actor: 'warehouse' },
  });
  expect(bodyOf(message)).not.toHaveProperty('sequencedAtMs');
});
