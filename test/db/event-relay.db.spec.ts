import { EventSequencer } from '@app/events';
import { OrderRepository } from '../../apps/orders/src/order/order.repository';
import { placeAndConfirm } from '../harness/confirmed-orders';
import type { PublishFault } from '../harness/in-memory-broker';
import { eventually, times } from '../harness/wait';
import {
  broker,
  database,
  type Instance,
  newInstance,
  placeOne,
  positionOf,
  startModule,
  TOPIC,
  useRelays,
} from './relay-fixture';

/** The faults of batches, by the rest of their number divided by 7. */
const FAULTS: Readonly<Record<number, PublishFault>> = {
  1: 'loseAck',
  3: 'storeHalf',
  5: 'refuse',
};

/** Ends an instance as SIGKILL does: it releases nothing, and no acknowledgment reaches it. */
const kill = ({ publisher, worker, relay }: Instance): void => {
  publisher.kill();
  relay.release = () => Promise.resolve();
  void worker.beforeApplicationShutdown();
};

/** Lets the time of a lease pass. */
const endLease = () => database.query(`update event_cursor set leased_until = '-infinity'`);

/** What a consumer keeps that ignores repeated events, and whether any came out of order for its key. */
const consumed = () => {
  const lastOf = new Map<string, number>();
  const ids: string[] = [];
  let outOfOrder = 0;
  for (const message of broker.messagesOf(TOPIC)) {
    const key = String(message.key);
    const id = String(message.headers.get('ce_id'));
    const last = lastOf.get(key) ?? 0;
    if (positionOf(message) > last) {
      lastOf.set(key, positionOf(message));
      ids.push(id);
    } else if (!ids.includes(id)) outOfOrder += 1;
  }
  return { ids, outOfOrder };
};

const expectedIds = async (): Promise<string[]> => {
  const rows = await database.query<{ id: string }>(
    `select order_id || '.' || seq as id from order_event where event in ('PLACED', 'CONFIRMED')`,
  );
  return rows.map(({ id }) => id).sort();
};

const untilAllPublished = async () => {
  const expected = await expectedIds();
  await eventually(
    'all events are published',
    () => new Set(consumed().ids).size >= expected.length,
    20_000,
  );
  return expected;
};

useRelays();

it('publishes an event as a CloudEvent in binary mode, with the order as its key', async () => {
  const module = await startModule();
  const { worker } = newInstance(module);
  await worker.onApplicationBootstrap();
  await placeAndConfirm(module.get(OrderRepository));
  await untilAllPublished();
  await worker.beforeApplicationShutdown();
  const [placed] = broker.messagesOf(TOPIC);
  const body = JSON.parse(String(placed?.value)) as { orderId: string; eventId: string };
  expect(body).toMatchObject({ type: 'order.placed', userId: 'u', sku: 'burger', quantity: 1 });
  expect(String(placed?.key)).toBe(body.orderId);
  const headers = [...(placed?.headers ?? [])].map(([name, value]) => [name, String(value)]);
  expect(Object.fromEntries(headers)).toMatchObject({
    ce_specversion: '1.0',
    ce_id: body.eventId,
    ce_source: '/quickbite/orders',
    ce_type: 'order.placed',
    ce_subject: body.orderId,
    ce_logposition: '1',
    'content-type': 'application/json',
  });
});

it('loses no event and keeps the order of each key while relays are killed and acks are lost', async () => {
  const module = await startModule();
  let batches = 0;
  broker.nextFault = () => {
    batches += 1;
    return FAULTS[batches % 7];
  };
  const instances = times(2, () => newInstance(module));
  for (const { worker } of instances) await worker.onApplicationBootstrap();
  for (let round = 0; round < 4; round += 1) {
    const placing = times(10, () => placeAndConfirm(module.get(OrderRepository), 5));
    const before = batches;
    await eventually('another batch is being published', () => batches > before + 1);
    const active = await eventually('an instance is active', () =>
      instances.find(({ relay }) => relay.state !== 'standby'),
    );
    kill(active);
    instances.splice(instances.indexOf(active), 1, newInstance(module));
    await Promise.all([...placing, instances.at(-1)?.worker.onApplicationBootstrap()]);
    await endLease();
  }
  const expected = await untilAllPublished();
  await Promise.all(instances.map(({ worker }) => worker.beforeApplicationShutdown()));
  const { ids, outOfOrder } = consumed();
  expect(ids.sort()).toEqual(expected);
  expect(outOfOrder).toBe(0);
  // The faults have repeated some events.
  expect(broker.messagesOf(TOPIC).length).toBeGreaterThan(expected.length);
});

it('waits while the broker is down, and publishes all events afterwards', async () => {
  const module = await startModule();
  broker.isUp = false;
  const { worker, relay } = newInstance(module);
  await worker.onApplicationBootstrap();
  await placeAndConfirm(module.get(OrderRepository), 3);
  await eventually('the relay is unavailable', () => relay.state === 'unavailable');
  broker.isUp = true;
  const expected = await untilAllPublished();
  await worker.beforeApplicationShutdown();
  expect(consumed().ids.sort()).toEqual(expected);
});

it('begins with the next event if the settings say so, and continues where it was later', async () => {
  const module = await startModule();
  await placeOne(module, 2);
  const first = newInstance(module, 'now');
  await first.relay.relayBatch();
  await first.relay.release();
  await placeAndConfirm(module.get(OrderRepository));
  await module.get(EventSequencer).sequence();
  const second = newInstance(module, 'now');
  await eventually('the later events are published', async () => {
    await second.relay.relayBatch();
    return broker.messagesOf(TOPIC).length === 2;
  });
  expect(broker.messagesOf(TOPIC).map(positionOf)).toEqual([3, 4]);
});
