import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EventPublisher, type MessageBroker, parseDeadLetter } from '@app/events';
import type { TestDatabase } from '../harness/databases';
import type { OrdersProcess } from '../harness/services';
import { eventually } from '../harness/wait';
import type { KafkaBroker } from './broker';
import { EventsConsumer } from './events-consumer';

const SETTLE_TIMEOUT_MS = 120_000;
const BATCH_INTERVAL_MS = 50;
const BATCH_SIZE = 5;
const SEND_TIMEOUT_MS = 5_000;
const PAUSE_AFTER_FAULT_MS = 3_000;

export interface FaultsEnvironment {
  readonly broker: MessageBroker;
  readonly kafka: KafkaBroker;
  readonly database: TestDatabase;
  readonly orders: readonly OrdersProcess[];
  readonly log: (line: string) => void;
}

export interface FaultsResult {
  readonly commands: number;
  readonly events: number;
  readonly repeatedMessages: number;
  readonly lost: number;
  readonly outOfOrder: number;
  readonly appliedTwice: number;
}

/** Sends commands until it is stopped; repeats a batch that the broker has not confirmed. */
class CommandSender {
  readonly commandIds: string[] = [];
  private isStopped = false;
  private done: Promise<void> = Promise.resolve();

  constructor(private readonly publisher: EventPublisher) {}

  start(): void {
    this.done = this.run();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.done;
    await this.publisher.close();
  }

  private async run(): Promise<void> {
    while (!this.isStopped) {
      const ids = Array.from({ length: BATCH_SIZE }, () => randomUUID());
      this.commandIds.push(...ids);
      await this.send(ids);
      await sleep(BATCH_INTERVAL_MS);
    }
  }

  private async send(ids: readonly string[]): Promise<void> {
    const messages = ids.map((commandId) => ({
      topic: 'order-commands.v1',
      key: commandId,
      value: JSON.stringify({ commandId, type: 'place', userId: 'u', sku: 'burger', quantity: 1 }),
      headers: new Map(),
    }));
    const isSent = await this.publisher.publish(messages, SEND_TIMEOUT_MS).then(
      () => true,
      () => false,
    );
    if (!isSent) await this.send(ids);
  }
}

/**
 * Sends commands, and kills the broker and the instances of Orders in turn, `times` each. Afterwards it
 * compares what a consumer of events has received with the database.
 */
export const runFaults = async (
  { broker, kafka, database, orders, log }: FaultsEnvironment,
  times: number,
): Promise<FaultsResult> => {
  const consumer = new EventsConsumer(broker, 'orders.v1');
  const sender = new CommandSender(broker.openPublisher());
  consumer.start();
  sender.start();
  for (let nth = 0; nth < times; nth += 1) {
    await kafka.kill();
    await kafka.resume();
    log(`killed the broker (${nth + 1} of ${times}); ${sender.commandIds.length} commands`);
    await sleep(PAUSE_AFTER_FAULT_MS);
    const victim = orders[nth % orders.length];
    await victim?.stop('SIGKILL');
    await sleep(PAUSE_AFTER_FAULT_MS);
    await victim?.start();
    log(`killed an instance of Orders (${nth + 1} of ${times}); ${consumer.events.size} events`);
  }
  await sender.stop();
  const { commandIds } = sender;
  const expected = await settle(database, consumer, commandIds);
  await consumer.stop();
  const { events, received, outOfOrder } = consumer;
  return {
    commands: commandIds.length,
    events: events.size,
    repeatedMessages: received - events.size,
    lost: expected.filter((id) => !events.has(id)).length,
    outOfOrder,
    appliedTwice: await countTwice(database, commandIds),
  };
};

/** Waits until each command has a confirmed order and all events have arrived. Returns their ids. */
const settle = async (
  database: TestDatabase,
  consumer: EventsConsumer,
  commandIds: readonly string[],
): Promise<readonly string[]> => {
  await eventually(
    'all commands are carried out',
    async () => {
      const [row] = await database.query<{ done: number }>(
        `select count(*)::int as done from orders
          where idempotency_key = any($1) and status = 'CONFIRMED'`,
        [commandIds],
      );
      return row?.done === commandIds.length;
    },
    SETTLE_TIMEOUT_MS,
    500,
  );
  const rows = await database.query<{ id: string }>(
    `select order_id || '.' || seq as id from order_event where event in ('PLACED', 'CONFIRMED')`,
  );
  const ids = rows.map(({ id }) => id);
  const hasAll = (): boolean => ids.every((id) => consumer.events.has(id));
  // A lost event is a result, and not a timeout.
  await eventually('all events have arrived', hasAll, SETTLE_TIMEOUT_MS, 500).catch(
    () => undefined,
  );
  return ids;
};

const countTwice = async (
  database: TestDatabase,
  commandIds: readonly string[],
): Promise<number> => {
  const [row] = await database.query<{ twice: number }>(
    `select (count(*) - count(distinct idempotency_key))::int as twice from orders
      where idempotency_key = any($1)`,
    [commandIds],
  );
  return row?.twice ?? 0;
};

/** Returns the dead letters that the run has left. There must be none. */
export const readDeadLetters = async (broker: MessageBroker): Promise<number> => {
  const stopping = new AbortController();
  let count = 0;
  const source = broker.openSource({ groupId: 'test-dead-letters', topics: ['orders.dlq.v1'] });
  const reading = source.run(async (partition) => {
    for (;;) {
      const messages = await partition.read();
      if (messages.length === 0) return;
      count += messages.filter((message) => parseDeadLetter(message)).length;
    }
  }, stopping.signal);
  await sleep(PAUSE_AFTER_FAULT_MS);
  stopping.abort();
  await reading;
  return count;
};
