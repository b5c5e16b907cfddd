import { EventCursorRepository } from '@app/events';
import { OrderRepository } from '../../apps/orders/src/order/order.repository';
import { placeAndConfirm } from '../harness/confirmed-orders';
import { database, newInstance, placeOne, startModule, useRelays } from './relay-fixture';

/** Lets the time of a lease pass. */
const endLease = () => database.query(`update event_cursor set leased_until = '-infinity'`);

useRelays();

it('moves the cursor after the ack only', async () => {
  const module = await startModule();
  const { relay, publisher } = newInstance(module);
  await placeOne(module, 2);
  const cursors = module.get(EventCursorRepository);
  const positions: number[] = [];
  publisher.beforeAck = async () => {
    for (const { position } of await cursors.list()) positions.push(position);
  };
  await relay.relayBatch();
  expect(positions).toEqual([0]);
  expect(await cursors.list()).toMatchObject([{ name: 'kafka', position: 2 }]);
});

it('does not move the cursor after its lease has ended and another instance has taken over', async () => {
  const module = await startModule();
  const [first, second] = [newInstance(module), newInstance(module)];
  await placeOne(module, 2);
  first.publisher.beforeAck = async () => {
    await endLease();
    await second.relay.relayBatch();
    expect(second.relay.state).toBe('active');
    await placeAndConfirm(module.get(OrderRepository));
  };
  expect(await first.relay.relayBatch()).toBe(false);
  expect(first.relay.state).toBe('standby');
  expect(await first.relay.relayBatch()).toBe(false);
  expect(first.relay.state).toBe('standby');
});
