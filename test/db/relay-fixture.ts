import { Test, type TestingModule } from '@nestjs/testing';
import {
  EventCursorRepository,
  EventLogModule,
  EventLogRepository,
  EventRelay,
  EventRelayWorker,
  type IncomingMessage,
  type LogPosition,
  type RelayStart,
  toCloudEvent,
} from '@app/events';
import { Database, PostgresModule } from '@app/postgres';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';
import { EventsRepository, type LoggedEvent } from '../../apps/orders/src/events/events.repository';
import { isOrderEvent, toPublicEvent } from '../../apps/orders/src/events/order-log-event';
import { OrderRepository } from '../../apps/orders/src/order/order.repository';
import { placeAndConfirm } from '../harness/confirmed-orders';
import { cloneDatabase, type TestDatabase } from '../harness/databases';
import { InMemoryBroker, type InMemoryPublisher } from '../harness/in-memory-broker';
import { silentLogger } from '../harness/silent-logger';
import { eventually } from '../harness/wait';

export const HOUR_MS = 3_600_000;
export const TOPIC = 'orders.v1';

/** An instance of Orders as far as it publishes events. */
export interface Instance {
  readonly module: TestingModule;
  readonly relay: EventRelay<LoggedEvent>;
  readonly worker: EventRelayWorker;
  readonly publisher: InMemoryPublisher;
}

export let database: TestDatabase;
export let broker: InMemoryBroker;
const modules: TestingModule[] = [];

/** Provides each test of a file with a database and a broker. `how`: as for `TestDatabase.drop`. */
export const useRelays = (how?: 'broken'): void => {
  beforeEach(async () => {
    database = await cloneDatabase('orders');
    broker = new InMemoryBroker();
  });

  afterEach(async () => {
    await Promise.all(modules.splice(0).map((module) => module.close()));
    await database.drop(how);
  });
};

/** Starts the part of Orders that writes orders and sequences events. */
export const startModule = async (): Promise<TestingModule> => {
  const settings = { url: database.url, applicationName: 'test', poolSize: 4, timeoutMs: 5_000 };
  const module = await Test.createTestingModule({
    imports: [
      PostgresModule.forApp({ ...settings, migrateOnStart: false }, ordersSchema),
      EventLogModule.with({ retentionMs: HOUR_MS }),
    ],
    providers: [OrderRepository],
  })
    .setLogger(silentLogger)
    .compile();
  await module.init();
  modules.push(module);
  return module;
};

/** Creates a relay. Nothing runs yet. */
export const newInstance = (module: TestingModule, start: RelayStart = 'oldest'): Instance => {
  const publisher = broker.openPublisher();
  const relay = new EventRelay<LoggedEvent>(
    { cursors: module.get(EventCursorRepository), publisher, topics: broker.topics },
    {
      cursor: 'kafka',
      topic: TOPIC,
      start,
      maxBatch: 20,
      reader: new EventsRepository(module.get(Database)),
      toMessage: (event) => {
        if (!isOrderEvent(event)) return undefined;
        const published = toPublicEvent(event);
        const address = { topic: TOPIC, source: '/quickbite/orders', key: event.orderId };
        return published && toCloudEvent(published, event, address);
      },
    },
  );
  const worker = new EventRelayWorker(relay as unknown as EventRelay<LogPosition>);
  return { module, relay, worker, publisher };
};

/** Places an order and confirms it. Resolves when the log has so many events. */
export const placeOne = async (module: TestingModule, events: number): Promise<void> => {
  await placeAndConfirm(module.get(OrderRepository));
  await eventually(`${events} events are in the log`, async () => {
    const { end } = await module.get(EventLogRepository).readState();
    return end.position === events;
  });
};

export const positionOf = ({ headers }: IncomingMessage): number =>
  Number(headers.get('ce_logposition')?.toString());
