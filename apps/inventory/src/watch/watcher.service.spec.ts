import { EventEmitter } from 'node:events';
import { setImmediate as settled } from 'node:timers/promises';
import { ServiceError } from '@app/errors';
import { type Movement, emptyLevel, type StockLevel } from '../stock/stock';
import { RecentMovements } from './recent-movements';
import {
  type Cursor,
  type Reader,
  type ReadPage,
  Watcher,
  type WatchEvent,
} from './watcher.service';

/** Is full after `room` events, until a test calls `drain`. */
class FakeReader extends EventEmitter implements Reader {
  readonly events: WatchEvent[] = [];
  room = Infinity;
  hasClosed = false;
  readonly peer = '127.0.0.1';
  readonly isConnectionEnding = jest.fn(() => false);

  send(event: WatchEvent): void {
    this.events.push(event);
    this.room -= 1;
  }

  isFull(): boolean {
    return this.room <= 0;
  }

  isClosed(): boolean {
    return this.hasClosed;
  }

  disconnect(): void {
    this.close();
  }

  drain(room: number): void {
    this.room = room;
    this.emit('drain');
  }

  close(): void {
    this.hasClosed = true;
    this.emit('close');
  }

  get seqs(): (number | string)[] {
    return this.events.map((event) =>
      event.kind === 'change' ? (event.level?.lastSeq ?? 0) : '♥',
    );
  }
}

const movementAt = (sku: string, seq: number): Movement => ({
  sku,
  seq,
  kind: 'ADJUSTED',
  onHandDelta: 1,
  reservedDelta: 0,
  onHandAfter: seq,
  reservedAfter: 0,
  reservationId: null,
  adjustmentId: `${sku}-${seq}`,
  reason: 'test',
  actor: 'test',
  occurredAt: new Date(0),
});

const levelAt = (sku: string, lastSeq: number): StockLevel => ({
  ...emptyLevel(sku),
  onHand: lastSeq,
  lastSeq,
});

/** The time of every movement. */
const occurredAt = new Date(0);

/** A cursor that starts with the level. */
const starting = (sku: string, seq: number): Cursor => {
  const first = { kind: 'change', sku, level: levelAt(sku, seq), movement: undefined } as const;
  return {
    recent: new RecentMovements(levelAt(sku, seq)),
    seq,
    occurredAt,
    first,
    hasCaughtUp: false,
  };
};

/** A cursor that resumes behind `seq`; the recent movements start later, behind `recentFrom`. */
const resuming = (sku: string, seq: number, recentFrom: number): Cursor => ({
  recent: new RecentMovements(levelAt(sku, recentFrom)),
  seq,
  occurredAt,
  first: undefined,
  hasCaughtUp: false,
});

const page = (movements: readonly Movement[], lost: readonly string[] = []) =>
  Promise.resolve({ movements, lost });

const TIMEOUTS = { heartbeatMs: 10_000, drainMs: 30_000 };

const run = async (cursors: readonly Cursor[], room = Infinity, readPage?: ReadPage) => {
  const reader = new FakeReader();
  reader.room = room;
  const noRead: ReadPage = () => Promise.reject(new Error('No cursor lags'));
  const watcher = new Watcher(reader, cursors, readPage ?? noRead, TIMEOUTS);
  const outcome = watcher.run().then(
    () => 'closed',
    (error: unknown) => error as ServiceError,
  );
  await settled();
  return { reader, watcher, outcome };
};

const append = async (watcher: Watcher, { recent }: Cursor, ...seqs: number[]) => {
  for (const seq of seqs) recent.append(movementAt(recent.sku, seq));
  watcher.movementsAdded(recent.sku);
  await settled();
};

it('sends the level, then the movements behind it', async () => {
  const cursor = starting('a', 3);
  const { reader, watcher } = await run([cursor]);
  expect(reader.seqs).toEqual([3]);
  await append(watcher, cursor, 4, 5);
  expect(reader.seqs).toEqual([3, 4, 5]);
  expect(reader.events[2]).toMatchObject({ level: { onHand: 5, reserved: 0, shortfall: 0 } });
});

it('sends nothing while the reader is full, then continues where it stopped', async () => {
  const cursor = starting('a', 0);
  const { reader, watcher } = await run([cursor], 2);
  await append(watcher, cursor, 1, 2, 3, 4);
  expect(reader.seqs).toEqual([0, 1]);
  reader.drain(2);
  await settled();
  expect(reader.seqs).toEqual([0, 1, 2, 3]);
});

it('serves each SKU in turn while another SKU has many movements', async () => {
  const [busy, quiet] = [starting('busy', 0), starting('quiet', 0)];
  const { reader, watcher } = await run([busy, quiet]);
  for (let seq = 1; seq <= 1_000; seq += 1) busy.recent.append(movementAt('busy', seq));
  quiet.recent.append(movementAt('quiet', 1));
  watcher.movementsAdded('busy');
  watcher.movementsAdded('quiet');
  await settled();
  const index = reader.events.findIndex(
    (event) => event.kind === 'change' && event.sku === 'quiet' && event.movement,
  );
  expect(reader.events).toHaveLength(1_003);
  expect(index).toBeLessThan(110);
});

it('catches up page by page, then sends recent movements', async () => {
  const cursor = resuming('a', 1, 5);
  cursor.recent.append(movementAt('a', 6));
  const readPage: ReadPage = ([position]) =>
    page([1, 2].map((step) => movementAt('a', (position?.seq ?? 0) + step)));
  const { reader, watcher } = await run([cursor], Infinity, readPage);
  expect(reader.seqs).toEqual([2, 3, 4, 5, 6]);
  await append(watcher, cursor, 7);
  expect(reader.seqs).toEqual([2, 3, 4, 5, 6, 7]);
});

it.each([
  ['has a gap', [movementAt('a', 3)]],
  ['repeats', [movementAt('a', 2), movementAt('a', 2)]],
])('ends with INTERNAL if the ledger %s', async (_what, movements) => {
  const readPage: ReadPage = () => page(movements);
  const { outcome } = await run([resuming('a', 1, 5)], Infinity, readPage);
  expect(await outcome).toMatchObject({ reason: 'INTERNAL' });
});

it.each([
  ['has no movement behind it', page([])],
  ['has another movement at it', page([movementAt('b', 2)], ['a'])],
])('ends with HISTORY_CHANGED if the ledger of a position %s', async (_what, read) => {
  const readPage = jest.fn<ReturnType<ReadPage>, []>(() => Promise.reject(new Error('Read again')));
  readPage.mockReturnValueOnce(read);
  const { reader, outcome } = await run([resuming('a', 1, 5)], Infinity, readPage);
  expect(await outcome).toMatchObject({
    reason: 'HISTORY_CHANGED',
    metadata: { skus: ['a'], positions: [] },
  });
  expect(reader.events).toEqual([]);
});

it('ends with HISTORY_CHANGED and the positions of the SKUs that have lost nothing', async () => {
  const { watcher, outcome } = await run([starting('a', 4), starting('b', 7), starting('c', 1)]);
  watcher.historyLost(['a', 'c']);
  expect(await outcome).toMatchObject({
    reason: 'HISTORY_CHANGED',
    metadata: { skus: ['a', 'c'], positions: [{ sku: 'b', seq: 7, occurredAt }] },
  });
});

describe('a watcher ends with the positions to resume from', () => {
  it('when its next movement is evicted', async () => {
    const cursor = starting('a', 0);
    const { reader, watcher, outcome } = await run([cursor], 2);
    await append(watcher, cursor, 1, 2, 3);
    cursor.recent.evict(cursor.recent.movementAfter(0) as Movement);
    cursor.recent.evict(cursor.recent.movementAfter(1) as Movement);
    reader.drain(Infinity);
    const metadata = { positions: [{ sku: 'a', seq: 1, occurredAt }] };
    expect(await outcome).toMatchObject({ reason: 'WATCH_TOO_SLOW', metadata });
    expect(reader.seqs).toEqual([0, 1]);
  });

  it('when the reader has not drained for 30 s, and not before', async () => {
    const { reader, watcher, outcome } = await run([starting('a', 0), starting('b', 0)], 1);
    watcher.tick(0, true);
    watcher.tick(29_000, true);
    reader.drain(1);
    await settled();
    watcher.tick(31_000, true);
    watcher.tick(60_000, true);
    expect(reader.seqs).toEqual([0, 0]);
    expect(await Promise.race([outcome, settled('still open')])).toBe('still open');
    watcher.tick(61_000, true);
    expect(await outcome).toMatchObject({ reason: 'WATCH_TOO_SLOW' });
  });

  it('with its position when its connection has reached the maximum age', async () => {
    const { reader, watcher, outcome } = await run([starting('a', 4)]);
    reader.isConnectionEnding.mockReturnValue(true);
    watcher.tick(0, true);
    const metadata = { positions: [{ sku: 'a', seq: 4, occurredAt }] };
    expect(await outcome).toMatchObject({ reason: 'CONNECTION_EXPIRED', metadata });
  });

  it('without the position of a SKU whose level was not sent', async () => {
    const { watcher, outcome } = await run([starting('a', 4), starting('b', 7)], 1);
    watcher.end(new ServiceError('SHUTTING_DOWN', 'test'));
    const metadata = { positions: [{ sku: 'a', seq: 4, occurredAt }] };
    expect(await outcome).toMatchObject({ reason: 'SHUTTING_DOWN', metadata });
  });
});

describe('a heartbeat', () => {
  it('comes after each interval without an event', async () => {
    const { reader, watcher } = await run([starting('a', 0)]);
    const isDue: boolean[] = [];
    for (const nowMs of [0, 9_900, 10_000, 10_100, 20_000, 20_100]) {
      isDue.push(watcher.tick(nowMs, true));
      await settled();
    }
    expect(isDue).toEqual([false, false, true, false, false, true]);
    expect(reader.seqs).toEqual([0, '♥', '♥']);
  });

  it('does not come while movements are sent', async () => {
    const cursor = starting('a', 0);
    const { reader, watcher } = await run([cursor]);
    for (const nowMs of [0, 9_000, 18_000, 27_000]) {
      watcher.tick(nowMs, true);
      await append(watcher, cursor, cursor.seq + 1);
    }
    expect(reader.seqs).toEqual([0, 1, 2, 3, 4]);
  });

  it('does not come while the ledger cannot be read', async () => {
    const { reader, watcher } = await run([starting('a', 0)]);
    for (const nowMs of [0, 10_000, 20_000]) {
      watcher.tick(nowMs, false);
      await settled();
    }
    expect(reader.seqs).toEqual([0]);
    watcher.tick(20_100, true);
    await settled();
    expect(reader.seqs).toEqual([0, '♥']);
  });
});

describe('a reader that closes', () => {
  it('ends its watcher in every phase', async () => {
    const never: ReadPage = () => new Promise(() => undefined);
    const idle = await run([starting('a', 0)]);
    const full = await run([starting('a', 0)], 1);
    const catchingUp = await run([resuming('a', 0, 5)], Infinity, never);
    for (const { reader, outcome } of [idle, full, catchingUp]) {
      reader.close();
      expect(await outcome).toBe('closed');
    }
  });

  it('ends its watcher even if it closed before the watcher was created', async () => {
    const reader = new FakeReader();
    reader.close();
    const watcher = new Watcher(reader, [resuming('a', 0, 0)], () => page([]), TIMEOUTS);
    await expect(watcher.run()).resolves.toBeUndefined();
  });
});
