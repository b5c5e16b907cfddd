import { status as GrpcStatus } from '@grpc/grpc-js';
import { EventStreamStart } from '@app/contracts';
import { EventSequencer } from '@app/events';
import { type InventoryServer, inventoryServer } from '../../../../test/db/inventory-server';
import { cloneDatabase, type TestDatabase } from '../../../../test/harness/databases';
import { connectInventory, type InventoryRpc } from '../../../../test/harness/inventory-client';
import { givenStock } from '../../../../test/harness/stock';
import { eventually, times } from '../../../../test/harness/wait';
import type { EventStreamSettings } from './event-stream-settings';
import { EventStreamsService } from './event-streams.service';

const QUICK: Partial<EventStreamSettings> = {
  pollMs: 20,
  heartbeatMs: 200,
  drainMs: 300,
  shutdownTimeoutMs: 300,
  outageToleranceMs: 500,
  maxStreams: 3,
};
const OLDEST = { from: EventStreamStart.EVENT_STREAM_START_OLDEST };

let database: TestDatabase;
let server: InventoryServer;
let calls: InventoryRpc;
let isStopped: boolean;
let isBroken: boolean;

beforeEach(async () => {
  [isStopped, isBroken] = [false, false];
  database = await cloneDatabase('inventory');
  server = await inventoryServer(database.url, {}, QUICK);
  calls = connectInventory(server.address);
  await givenStock(database, ['a', 'b'], 1_000);
  await eventually('its events have positions', async () => {
    const waiting = await database.query('select from event_outbox');
    return waiting.length === 0;
  });
});

afterEach(async () => {
  calls.close();
  if (!isStopped) await server.stop();
  await database.drop(isBroken ? 'broken' : undefined);
});

const hold = (reservationId: string, sku: string, quantity = 1) =>
  calls.createReservation({ reservationId, lines: [{ sku, quantity }], ttl: undefined });

const until = (stream: ReturnType<InventoryRpc['streamEvents']>, count: number) =>
  eventually(`${count} events came`, () => {
    if (stream.end) throw new Error(`The stream has ended: ${JSON.stringify(stream.end)}`);
    return stream.events.length >= count;
  });

it('has every event with its details, from the oldest on', async () => {
  await calls.setStockThreshold({ sku: 'a', threshold: { lowAt: 999, replenishedAt: 1_000 } });
  await hold('r', 'a');
  await calls.releaseReservation({ reservationId: 'r' });
  await hold('too-much', 'b', 2_000);
  const stream = calls.streamEvents(OLDEST);
  await until(stream, 7);
  expect(stream.events.map(({ type }) => type).sort()).toEqual([
    'reservation.held',
    'reservation.rejected',
    'reservation.released',
    'stock.adjusted',
    'stock.adjusted',
    'stock.low',
    'stock.replenished',
  ]);
  const of = (type: string) => stream.events.find((event) => event.type === type);
  expect(of('stock.adjusted')?.adjusted).toMatchObject({ seq: 1, onHandDelta: 1_000 });
  expect(of('reservation.held')?.reservation).toMatchObject({
    reservationId: 'r',
    lines: [{ sku: 'a', quantity: 1 }],
  });
  expect(of('reservation.rejected')?.reservation?.shortages).toMatchObject([
    { sku: 'b', requested: 2_000, available: 1_000 },
  ]);
  expect(of('stock.low')?.threshold).toMatchObject({ sku: 'a', available: 999, limit: 999 });
});

it('begins with the next event without a start, and resumes behind each position', async () => {
  const stream = calls.streamEvents({});
  const start = await stream.begun();
  await hold('r1', 'a');
  await until(stream, 1);
  const { position } = stream;
  await hold('r2', 'a');
  await until(stream, 2);
  expect(stream.ids).toEqual(['r1.held', 'r2.held']);
  const again = calls.streamEvents({ after: start });
  await until(again, 2);
  expect(again.ids).toEqual(stream.ids);
  const behind = calls.streamEvents({ after: position });
  await until(behind, 1);
  expect(behind.ids).toEqual(['r2.held']);
});

it('has only the wanted types and SKUs, and its position passes the others', async () => {
  const stream = calls.streamEvents({ types: ['reservation.held'], skus: ['b'] });
  const start = await stream.begun();
  await hold('r1', 'a');
  await hold('r2', 'b');
  await calls.releaseReservation({ reservationId: 'r2' });
  await until(stream, 1);
  expect(stream.ids).toEqual(['r2.held']);
  await eventually('the position passes the release', () => stream.position?.split('-')[1] === '5');
  expect(stream.position).not.toBe(start);
});

it('sends heartbeats while there is no event', async () => {
  const stream = calls.streamEvents({});
  await eventually('heartbeats came', () => stream.heartbeats > 2);
});

it.each([
  [{ after: 'nonsense' }, 'after must be a position'],
  [{ types: ['stock.moved'] }, 'must be one of reservation.held'],
  [{ skus: ['a b'] }, 'must hold SKUs only'],
])('%j is rejected with the field and its fault', async (request, message) => {
  const end = await calls.streamEvents(request).ended();
  expect(end).toMatchObject({ code: GrpcStatus.INVALID_ARGUMENT, reason: 'INVALID_REQUEST' });
  expect(end.message).toContain(message);
});

it('a position of another history, and one that was pruned, end the call with their reasons', async () => {
  const stream = calls.streamEvents(OLDEST);
  const start = await stream.begun();
  await until(stream, 2);
  const other = start.replace(/^......../, '00000000');
  expect(await calls.streamEvents({ after: other }).ended()).toMatchObject({
    code: GrpcStatus.FAILED_PRECONDITION,
    reason: 'HISTORY_CHANGED',
  });
  // The sources are younger than the log then says that its events are.
  isBroken = true;
  await database.query(`update event_log set sequenced_at = sequenced_at - interval '2 hours'`);
  await eventually('the events are deleted, unless the sequencer has the lock', async () => {
    await server.app.get(EventSequencer).prune(3_600_000);
    return (await database.query('select from event_log')).length === 0;
  });
  const expired = calls.streamEvents({ after: start });
  expect(await expired.ended()).toMatchObject({
    code: GrpcStatus.OUT_OF_RANGE,
    reason: 'POSITION_EXPIRED',
  });
  // The call fails before its first message.
  expect(expired.position).toBeUndefined();
});

it('rejects one stream too many', async () => {
  const open = times(3, () => calls.streamEvents({}));
  await Promise.all(open.map((stream) => stream.begun()));
  expect(await calls.streamEvents({}).ended()).toMatchObject({ reason: 'OVERLOADED' });
  open[0]?.cancel();
  await eventually('there is room again', async () => {
    const stream = calls.streamEvents({});
    return stream.begun().catch(() => undefined);
  });
});

it('survives a short outage of the database without a gap, and ends in a long one', async () => {
  const stream = calls.streamEvents({});
  await stream.begun();
  await database.allowConnections(false);
  await database.allowConnections(true);
  await eventually('Inventory decides again', () => hold('r1', 'a').catch(() => undefined));
  await until(stream, 1);
  expect(stream.ids).toEqual(['r1.held']);
  await database.allowConnections(false);
  expect(await stream.ended()).toMatchObject({ reason: 'DATABASE_UNAVAILABLE' });
  await database.allowConnections(true);
});

const MANY = 20_000;

/** Adds the stock of a SKU by many adjustments. */
const adjustOften = () =>
  database.query(`
    do $$ begin
      for batch in 0..39 loop
        insert into stock_movement (sku, seq, kind, on_hand_delta, reserved_delta, on_hand_after,
                                    reserved_after, adjustment_id, reason, actor, occurred_at)
        select 'c', n, 'ADJUSTED', 1, 0, n, 0, 'c-' || n, 'test', 'test', date_trunc('milliseconds', now())
          from generate_series(batch * 500 + 1, batch * 500 + 500) n;
      end loop;
      insert into stock_level (sku, on_hand, reserved, last_seq, updated_at)
      values ('c', ${MANY}, 0, ${MANY}, date_trunc('milliseconds', now()));
    end $$`);

it('ends a client that does not read, which misses nothing when it resumes', async () => {
  const stream = calls.streamEvents({});
  await stream.begun();
  stream.pause();
  await adjustOften();
  const streams = server.app.get(EventStreamsService);
  await eventually('the server ends the stream', () => streams.size === 0);
  stream.resume();
  expect(await stream.ended()).toMatchObject({ reason: 'WATCH_TOO_SLOW' });
  expect(stream.events.length).toBeLessThan(MANY);
  const ids = [...stream.ids];
  let after = stream.position;
  // On a busy machine, this process may read too slowly once more.
  while (ids.length < MANY) {
    const resumed = calls.streamEvents({ after });
    const missing = MANY - ids.length;
    await eventually('it has all events, or ends', () => {
      return resumed.events.length >= missing || resumed.end !== undefined;
    });
    ids.push(...resumed.ids);
    after = resumed.position;
    resumed.cancel();
  }
  expect(ids).toEqual(times(MANY, (index) => `c.${index + 1}`));
});

it('ends at shutdown with the reason', async () => {
  const stream = calls.streamEvents({});
  await stream.begun();
  isStopped = true;
  await server.stop();
  expect(await stream.ended()).toMatchObject({
    code: GrpcStatus.UNAVAILABLE,
    reason: 'SHUTTING_DOWN',
  });
});
