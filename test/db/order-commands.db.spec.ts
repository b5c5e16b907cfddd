import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { CommandConsumer, CommandConsumerWorker, parseDeadLetter, toOriginal } from '@app/events';
import { ServiceError } from '@app/errors';
import { databaseUnavailable } from '@app/postgres';
import { ORDER_OPTIONS } from '../../apps/orders/src/order/order-options';
import { OrderCommandConsumer } from '../../apps/orders/src/order-commands/order-command.consumer';
import { FOR_ANY_CUSTOMER } from '../../apps/orders/src/order/requester';
import { InMemoryBroker } from '../harness/in-memory-broker';
import type { InMemoryMember } from '../harness/in-memory-group';
import { silentLogger } from '../harness/silent-logger';
import { eventually, times } from '../harness/wait';
import {
  database,
  here,
  type Instance,
  inventory,
  NO_RESPONSE,
  place,
  REPLIES,
  stored,
  there,
  useOrderServices,
} from './order-service-fixture';

const COMMANDS = 'order-commands.v1';
const DEAD_LETTERS = 'orders.dlq.v1';
const GROUP = 'quickbite-orders';

useOrderServices();

let broker: InMemoryBroker;
const running: Consumer[] = [];

interface Consumer {
  readonly worker: CommandConsumerWorker;
  readonly consumer: CommandConsumer;
  readonly member: InMemoryMember;
}

const startConsumer = ({ service, module }: Instance): Consumer => {
  const handler = new OrderCommandConsumer(service, module.get(ORDER_OPTIONS));
  const publisher = broker.openPublisher();
  const consumer = new CommandConsumer({
    handle: (message) => handler.handle(message),
    deadLetterTopic: DEAD_LETTERS,
    publisher,
  });
  const member = broker.openSource({ groupId: GROUP, topics: [COMMANDS] }) as InMemoryMember;
  const worker = new CommandConsumerWorker({
    source: member,
    consumer,
    publisher,
    topics: broker.topics,
    topicNames: [COMMANDS, DEAD_LETTERS],
  });
  worker.onApplicationBootstrap();
  const started = { worker, consumer, member };
  running.push(started);
  return started;
};

const send = (command: object | string, key: string): void =>
  broker.append([
    {
      topic: COMMANDS,
      key,
      value: typeof command === 'string' ? command : JSON.stringify(command),
      headers: new Map([['trace', 't-1']]),
    },
  ]);

const placeCommand = (commandId: string, rest: object = {}) => ({
  ...{ commandId, type: 'place', userId: 'u', sku: 'burger', quantity: 1 },
  ...rest,
});

const ordersOf = (commandIds: readonly string[]) =>
  database.query<{ id: string; key: string; status: string }>(
    'select id, idempotency_key as key, status from orders where idempotency_key = any($1)',
    [commandIds],
  );

const untilCommitted = () =>
  eventually(
    'all commands are done',
    () =>
      broker
        .partitionsOf(COMMANDS)
        .every((log, index) => broker.committedOf(GROUP, COMMANDS, index) === BigInt(log.length)),
    20_000,
  );

const deadLetters = () => broker.messagesOf(DEAD_LETTERS).map(parseDeadLetter);

beforeAll(() => {
  Logger.overrideLogger(silentLogger);
});

beforeEach(() => {
  broker = new InMemoryBroker();
});

afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(running.splice(0).map(({ worker }) => worker.beforeApplicationShutdown()));
});

it('places, fulfills and cancels orders', async () => {
  startConsumer(here);
  const ids = [randomUUID(), randomUUID()];
  for (const id of ids) send(placeCommand(id), id);
  await untilCommitted();
  const [first, second] = await ordersOf(ids);
  send({ commandId: 'c-1', type: 'fulfill', orderId: first?.id, version: 1 }, first?.id ?? '');
  send({ commandId: 'c-2', type: 'cancel', orderId: second?.id }, second?.id ?? '');
  await untilCommitted();
  expect(await stored(first?.id ?? '')).toMatchObject({ status: 'FULFILLED' });
  expect(await stored(second?.id ?? '')).toMatchObject({ status: 'CANCELLED' });
  expect(deadLetters()).toEqual([]);
});

it('changes nothing twice while consumers are killed and commands are repeated', async () => {
  const instances = [here, there];
  let consumers = instances.map(startConsumer);
  const ids = times(60, () => randomUUID());
  for (const [index, id] of ids.entries()) {
    send(placeCommand(id), `k-${index % 7}`);
    if (index % 3 === 0) send(placeCommand(id), `k-${index % 7}`);
    if (index % 15 !== 14) continue;
    const [victim, other] = consumers;
    victim?.member.kill();
    consumers = [...(other ? [other] : []), startConsumer(index % 2 ? here : there)];
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  await untilCommitted();
  const orders = await ordersOf(ids);
  expect(orders.map(({ key }) => key).sort()).toEqual([...ids].sort());
  expect(orders.every(({ status }) => status === 'CONFIRMED')).toBe(true);
  const created = inventory.calls.filter((call) => call.startsWith('create '));
  expect(new Set(created).size).toBe(ids.length);
  expect(deadLetters()).toEqual([]);
});

it.each([
  ['that is not JSON', '{', 'MALFORMED'],
  ['that is a list', '[]', 'MALFORMED'],
  ['of an unknown version', { ...placeCommand('c-1'), version: 2 }, 'UNKNOWN_VERSION'],
  ['of an unknown type', { commandId: 'c-1', type: 'refund' }, 'INVALID_REQUEST'],
  ['without an id', { type: 'cancel' }, 'INVALID_REQUEST'],
  ['with an unknown field', placeCommand('c-1', { quantty: 2 }), 'INVALID_REQUEST'],
  [
    'about an order that does not exist',
    { commandId: 'c-1', type: 'cancel', orderId: randomUUID() },
    'ORDER_NOT_FOUND',
  ],
])('makes a command %s a dead letter, which blocks no other', async (_, command, reason) => {
  startConsumer(here);
  const id = randomUUID();
  send(command, 'same-key');
  send(placeCommand(id), 'same-key');
  await untilCommitted();
  expect(await ordersOf([id])).toHaveLength(1);
  const [letter] = deadLetters();
  expect(letter).toMatchObject({ reason, attempts: 1, original: { topic: COMMANDS, offset: 0n } });
  expect(String(letter?.key)).toBe('same-key');
  expect(String(letter?.headers.get('trace'))).toBe('t-1');
  expect(String(letter?.value)).toBe(
    typeof command === 'string' ? command : JSON.stringify(command),
  );
});

it('carries out a dead letter that is sent again after the fault is fixed', async () => {
  startConsumer(here);
  const id = randomUUID();
  const fault = ServiceError.invalid([
    { field: 'userId', fault: 'is not supported by this version' },
  ]);
  jest.spyOn(here.service, 'place').mockRejectedValueOnce(fault);
  send(placeCommand(id), 'k');
  await untilCommitted();
  expect(await ordersOf([id])).toEqual([]);
  const [letter] = deadLetters();
  if (!letter) throw new Error('There is no dead letter');
  broker.append([toOriginal(letter)]);
  await untilCommitted();
  expect(await ordersOf([id])).toMatchObject([{ status: 'CONFIRMED' }]);
  expect(broker.messagesOf(COMMANDS).map(({ key }) => String(key))).toEqual(['k', 'k']);
  expect(deadLetters()).toHaveLength(1);
});

it('waits with the commands of a partition that cannot succeed now, and goes on with the others', async () => {
  const { consumer } = startConsumer(here);
  const { service } = here;
  const placeOrder = service.place.bind(service);
  let isFailing = true;
  jest.spyOn(service, 'place').mockImplementation((request, deadline, by) => {
    const isStuck = isFailing && request.note === 'stuck';
    return isStuck ? Promise.reject(databaseUnavailable()) : placeOrder(request, deadline, by);
  });
  const [stuck, ...others] = times(12, () => randomUUID());
  send(placeCommand(stuck ?? '', { note: 'stuck' }), 'stuck-key');
  const stuckPartition = broker.messagesOf(COMMANDS)[0]?.partition;
  for (const [index, id] of others.entries()) send(placeCommand(id), `k-${index}`);
  const free = broker
    .messagesOf(COMMANDS)
    .filter(({ partition }) => partition !== stuckPartition)
    .map(({ value }) => (JSON.parse(String(value)) as { commandId: string }).commandId);
  expect(free.length).toBeGreaterThan(0);
  await eventually(
    'the others are done',
    async () => (await ordersOf(free)).length === free.length,
  );
  await eventually('the partition is reported', () => consumer.stoppedPartitions.length === 1);
  expect(consumer.stoppedPartitions).toMatchObject([
    {
      partition: `${COMMANDS}/${stuckPartition}`,
      reason: expect.stringContaining('database') as string,
    },
  ]);
  isFailing = false;
  await untilCommitted();
  expect(await ordersOf([stuck ?? '', ...others])).toHaveLength(12);
  expect(consumer.stoppedPartitions).toEqual([]);
  expect(deadLetters()).toEqual([]);
});

it('commits an offset after the effect', async () => {
  const { service } = here;
  const placeOrder = service.place.bind(service);
  const committed: bigint[] = [];
  jest.spyOn(service, 'place').mockImplementation(async (request, deadline, by) => {
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    const partitions = broker.partitionsOf(COMMANDS).map((_, index) => index);
    committed.push(...partitions.map((index) => broker.committedOf(GROUP, COMMANDS, index)));
    return placeOrder(request, deadline, by);
  });
  startConsumer(here);
  send(placeCommand(randomUUID()), 'k');
  await untilCommitted();
  expect(committed).toEqual([0n, 0n, 0n]);
});

it('stops a partition whose dead letter cannot be written, and says so', async () => {
  const { consumer } = startConsumer(here);
  broker.unwritable.add(DEAD_LETTERS);
  const id = randomUUID();
  send('{', 'k');
  send(placeCommand(id), 'k');
  const [stopped] = await eventually(
    'the partition is reported',
    () => consumer.stoppedPartitions.length > 0 && consumer.stoppedPartitions,
  );
  expect(stopped?.reason).toContain('cannot write to orders.dlq.v1');
  expect(await ordersOf([id])).toEqual([]);
  expect(broker.messagesOf(COMMANDS).map(({ partition }) => partition)).toHaveLength(2);
  broker.unwritable.clear();
  await untilCommitted();
  expect(await ordersOf([id])).toHaveLength(1);
  expect(deadLetters()).toHaveLength(1);
});

it('waits with the fulfillment of an order that Inventory has not decided', async () => {
  inventory.behavior = () => NO_RESPONSE;
  const { id } = await place();
  startConsumer(here);
  send({ commandId: 'c-1', type: 'fulfill', orderId: id }, id);
  await eventually('the command waits', () => running[0]?.consumer.stoppedPartitions.length === 1);
  inventory.behavior = (call) => REPLIES[call];
  await here.service.retry(id, new Date('2100-01-01'), FOR_ANY_CUSTOMER);
  await untilCommitted();
  expect(await stored(id)).toMatchObject({ status: 'FULFILLED' });
});
