import { Logger } from '@nestjs/common';
import { EventCursorRepository, EventSequencer } from '@app/events';
import { eventually } from '../harness/wait';
import {
  broker,
  database,
  HOUR_MS,
  newInstance,
  placeOne,
  positionOf,
  startModule,
  TOPIC,
  useRelays,
} from './relay-fixture';

// The log is made older than the changes that its events are about.
useRelays('broken');

it('a relay that is switched on again names the events that were deleted meanwhile, and publishes all that are kept', async () => {
  const module = await startModule();
  await placeOne(module, 2);
  const first = newInstance(module);
  await first.relay.relayBatch();
  await first.relay.release();
  await placeOne(module, 4);
  await database.query(`update event_log set sequenced_at = sequenced_at - interval '2 hours'`);
  await database.query(`update event_cursor set updated_at = now() - interval '2 hours'`);
  Object.assign(module.get(EventSequencer), { startedAtMs: -HOUR_MS });
  await module.get(EventSequencer).prune(HOUR_MS);
  await placeOne(module, 6);
  const error = jest.spyOn(Logger.prototype, 'error').mockImplementation();
  await newInstance(module).relay.relayBatch();
  expect(error).toHaveBeenCalledWith(
    expect.stringMatching(/^Events 3 to 4 were deleted .* publishing from event 5$/),
  );
  error.mockRestore();
  expect(broker.messagesOf(TOPIC).map(positionOf).sort()).toEqual([1, 2, 5, 6]);
});

it('a relay that is switched on again begins as a new one if an operator has deleted its cursor', async () => {
  const module = await startModule();
  await placeOne(module, 2);
  const { relay } = newInstance(module);
  await relay.relayBatch();
  await relay.release();
  await database.query('delete from event_cursor');
  await eventually('it has published again', async () => {
    await relay.relayBatch();
    return broker.messagesOf(TOPIC).length === 4;
  });
});

it('a relay keeps events while the broker is unavailable', async () => {
  const module = await startModule();
  await module.get(EventCursorRepository).open('kafka', 0, 0);
  await database.query(`update event_cursor set updated_at = now() - interval '2 hours'`);
  broker.isUp = false;
  await newInstance(module).relay.relayBatch();
  const used = await database.query(
    `select from event_cursor where updated_at > now() - interval '1 minute'`,
  );
  expect(used).toHaveLength(1);
});
