import { randomUUID } from 'node:crypto';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  BEGINNING,
  EventCursorRepository,
  EventLogModule,
  EventLogRepository,
  EventSequencer,
  type LogEntry,
  type LogPosition,
} from '@app/events';
import { PostgresModule } from '@app/postgres';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';
import { EventsRepository } from '../../apps/orders/src/events/events.repository';
import { OrderRepository } from '../../apps/orders/src/order/order.repository';
import { placeAndConfirm } from '../harness/confirmed-orders';
import { cloneDatabase, type TestDatabase } from '../harness/databases';
import { silentLogger } from '../harness/silent-logger';
import { eventually, times } from '../harness/wait';

const HOUR_MS = 3_600_000;

let database: TestDatabase;
const instances: TestingModule[] = [];

/** An instance of Orders as far as it writes orders and sequences events. */
const startInstance = async (): Promise<TestingModule> => {
  const settings = { url: database.url, applicationName: 'test', poolSize: 4, timeoutMs: 5_000 };
  const instance = await Test.createTestingModule({
    imports: [
      PostgresModule.forApp({ ...settings, migrateOnStart: false }, ordersSchema),
      EventLogModule.with({ retentionMs: HOUR_MS }),
    ],
    providers: [OrderRepository, EventsRepository],
  })
    .setLogger(silentLogger)
    .compile();
  await instance.init();
  instances.push(instance);
  return instance;
};

beforeEach(async () => {
  database = await cloneDatabase('orders');
});

afterEach(async () => {
  await Promise.all(instances.splice(0).map((instance) => instance.close()));
  await database.drop('broken');
});

const insertOrder = `
  with placed as (
    insert into orders (id, user_id, status, next_attempt_at, last_seq)
    values ($1, 'u', 'PENDING', now(), 1) returning id)
  insert into order_event (order_id, seq, event, status, actor)
  select id, 1, 'PLACED', 'PENDING', 'CUSTOMER' from placed`;

/** Reads all pages after a position, as a reader does that remembers only its last event. */
const readAll = async (
  log: EventLogRepository,
  after: LogPosition,
  limit: number,
): Promise<LogEntry[]> => {
  const found: LogEntry[] = [];
  for (let position = after; ;) {
    const page = await log.readAfter(position, limit);
    found.push(...page);
    const last = page.at(-1);
    if (!last) return found;
    position = last;
  }
};

const untilLogged = (log: EventLogRepository, count: number): Promise<LogEntry[]> =>
  eventually(`${count} events are in the log`, async () => {
    const found = await readAll(log, BEGINNING, 1_000);
    return found.length >= count && found;
  });

const positionsOf = (entries: readonly LogEntry[]) => entries.map(({ position }) => position);

it('has every event once, without a gap, and those of an order in their order', async () => {
  const [first, second] = await Promise.all([startInstance(), startInstance()]);
  const log = first.get(EventLogRepository);
  await Promise.all(
    times(40, (nth) =>
      placeAndConfirm((nth % 2 ? first : second).get(OrderRepository), (nth % 5) + 1),
    ),
  );
  const expected = await database.query<{ ref: string }>(
    `select 'order/' || order_id || '/' || seq as ref from order_event`,
  );
  const entries = await untilLogged(log, expected.length);
  expect(positionsOf(entries)).toEqual(times(expected.length, (index) => index + 1));
  expect(entries.map(({ ref }) => ref).sort()).toEqual(expected.map(({ ref }) => ref).sort());
  for (const { ref } of entries) {
    const seqs = entries.filter((each) => each.ref.startsWith(ref.slice(0, -1)));
    expect(seqs.map((each) => each.ref.at(-1))).toEqual(['1', '2']);
  }
  for (const limit of [1, 3, 7]) expect(await readAll(log, BEGINNING, limit)).toEqual(entries);
});

it('gives an event a later position if it is committed later, although it was written earlier', async () => {
  const instance = await startInstance();
  const log = instance.get(EventLogRepository);
  const session = await database.connect();
  const slow = randomUUID();
  await session.query('begin');
  await session.query(insertOrder, [slow]);
  await placeAndConfirm(instance.get(OrderRepository));
  const before = await untilLogged(log, 2);
  expect(before.map(({ ref }) => ref)).not.toContain(`order/${slow}/1`);
  await session.query('commit');
  const after = await readAllAfter(log, before);
  expect(after.map(({ ref, position }) => ({ ref, position }))).toEqual([
    { ref: `order/${slow}/1`, position: 3 },
  ]);
});

/** Waits for events behind those that were read. */
const readAllAfter = (log: EventLogRepository, read: readonly LogEntry[]): Promise<LogEntry[]> =>
  eventually('there are more events', async () => {
    const more = await readAll(log, read.at(-1) ?? BEGINNING, 100);
    return more.length > 0 && more;
  });

it('has no event of a transaction that was rolled back', async () => {
  const instance = await startInstance();
  const session = await database.connect();
  await session.query('begin');
  await session.query(insertOrder, [randomUUID()]);
  await session.query('rollback');
  await placeAndConfirm(instance.get(OrderRepository));
  expect(await untilLogged(instance.get(EventLogRepository), 2)).toHaveLength(2);
});

it('sequences events that another program has written, within seconds and without being woken', async () => {
  const instance = await startInstance();
  const id = randomUUID();
  await database.query(insertOrder, [id]);
  const [entry] = await untilLogged(instance.get(EventLogRepository), 1);
  expect(entry?.ref).toBe(`order/${id}/1`);
});

it('is sequenced by another instance while one holds the lock and is frozen', async () => {
  const frozen = await database.connect();
  await frozen.query(`set idle_in_transaction_session_timeout = '2s'`);
  frozen.on('error', () => undefined);
  await frozen.query('begin');
  await frozen.query('select from event_sequence for update');
  const instance = await startInstance();
  await placeAndConfirm(instance.get(OrderRepository));
  const entries = await untilLogged(instance.get(EventLogRepository), 2);
  expect(positionsOf(entries)).toEqual([1, 2]);
});

describe('a position', () => {
  const givenEvents = async (count: number) => {
    const instance = await startInstance();
    const log = instance.get(EventLogRepository);
    for (let placed = 0; placed < count; placed += 2) {
      await placeAndConfirm(instance.get(OrderRepository));
    }
    return { log, instance, entries: await untilLogged(log, count) };
  };

  it('that the log has not reached, or whose event is another one, is rejected', async () => {
    const { log, entries } = await givenEvents(4);
    const [first] = entries;
    if (!first) throw new Error('There is no event');
    for (const lost of [
      { ...first, sequencedAtMs: first.sequencedAtMs + 1 },
      { ...first, position: 99 },
    ]) {
      await expect(log.readAfter(lost, 10)).rejects.toMatchObject({ reason: 'HISTORY_CHANGED' });
    }
    expect(await log.readAfter({ position: 1, sequencedAtMs: 0 }, 10)).toEqual(entries.slice(1));
  });

  it('whose next events were deleted because of their age is rejected as expired', async () => {
    const { log, entries, instance } = await givenEvents(6);
    await database.query(`update event_log set sequenced_at = sequenced_at - interval '2 hours'
      where last_position <= 4`);

    await instance.get(EventSequencer).prune(HOUR_MS);
    const { prunedPosition, end } = await log.readState();
    expect({ prunedPosition, end: end.position }).toEqual({ prunedPosition: 4, end: 6 });
    await expect(log.readAfter({ position: 3, sequencedAtMs: 0 }, 10)).rejects.toMatchObject({
      reason: 'POSITION_EXPIRED',
      metadata: { oldestPosition: 5 },
    });
    expect(positionsOf(await log.readAfter(entries[3] ?? BEGINNING, 10))).toEqual([5, 6]);
  });

  it('that a cursor has not passed keeps its events', async () => {
    const { instance } = await givenEvents(6);
    const cursors = instance.get(EventCursorRepository);
    await cursors.open('sink', 2, 0);
    await database.query(`update event_log set sequenced_at = sequenced_at - interval '2 hours'`);

    await instance.get(EventSequencer).prune(HOUR_MS);
    const { prunedPosition } = await instance.get(EventLogRepository).readState();
    expect(prunedPosition).toBeLessThanOrEqual(2);
  });

  it('that a sink has not passed which was switched off for the retention time keeps no events', async () => {
    const { instance } = await givenEvents(6);
    const sequencer = instance.get(EventSequencer);
    await instance.get(EventCursorRepository).open('sink', 2, 0);
    await database.query(`update event_log set sequenced_at = sequenced_at - interval '2 hours'`);
    await database.query(`update event_cursor set updated_at = now() - interval '2 hours'`);
    const prunedPosition = async () => {
      await sequencer.prune(HOUR_MS);
      return (await instance.get(EventLogRepository).readState()).prunedPosition;
    };
    // The service has just started, so its sinks may not have used their cursors yet.
    expect(await prunedPosition()).toBeLessThanOrEqual(2);
    Object.assign(sequencer, { startedAtMs: -HOUR_MS });
    expect(await prunedPosition()).toBe(6);
  });
});

describe('a cursor', () => {
  it('belongs to one holder until its lease ends, and an earlier holder cannot move it', async () => {
    const instance = await startInstance();
    const cursors = instance.get(EventCursorRepository);
    expect(await cursors.open('sink', 7, 0)).toBeNull();
    expect(await cursors.open('sink', 9, 0)).toBe(7);
    const lease = await cursors.acquire('sink');
    expect(lease).toMatchObject({ name: 'sink', position: 7 });
    expect(await cursors.acquire('sink')).toBeUndefined();
    const renewed = lease && (await cursors.advance(lease, 8));
    expect(renewed).toMatchObject({ position: 8 });
    await database.query(`update event_cursor set leased_until = now() - interval '1 second'`);
    const next = await cursors.acquire('sink');
    expect(next).toMatchObject({ position: 8 });
    expect(lease && (await cursors.advance(lease, 9))).toBeUndefined();
    expect(await cursors.list()).toMatchObject([{ name: 'sink', position: 8 }]);
    if (next) await cursors.release(next);
    expect(await cursors.acquire('sink')).toBeDefined();
  });

  it('is deleted only if no process has used it for a while', async () => {
    const cursors = (await startInstance()).get(EventCursorRepository);
    await cursors.open('sink', 7, 0);
    expect(await cursors.removeUnused('sink', 60_000)).toBe(false);
    await database.query(`update event_cursor set updated_at = now() - interval '2 minutes'`);
    expect(await cursors.removeUnused('sink', 60_000)).toBe(true);
    expect(await cursors.exists('sink')).toBe(false);
  });
});

it('reads events with what their orders were at that time', async () => {
  const instance = await startInstance();
  await placeAndConfirm(instance.get(OrderRepository));
  await untilLogged(instance.get(EventLogRepository), 2);
  const { events, end } = await instance.get(EventsRepository).readAfter(BEGINNING, 10);
  expect(events).toMatchObject([
    { event: 'PLACED', userId: 'u', items: [{ sku: 'burger', quantity: 1 }], position: 1 },
    { event: 'CONFIRMED', status: 'CONFIRMED', reductions: 0, position: 2 },
  ]);
  expect(end).toMatchObject({ position: 2 });
});
