import { EventEmitter } from 'node:events';
import { setImmediate as settled } from 'node:timers/promises';
import { ServiceError } from '@app/errors';
import { type Movement, emptyLevel, type StockLevel } from '../stock/stock';
import { RecentMovements } from './recent-movements';
import { type Cursor, type Reader, Watcher, type WatchEvent } from './watcher';

/** Takes so many events until it is full, and is drained by hand. */
class FakeReader extends EventEmitter implements Reader {
  readonly events: WatchEvent[] = [];
  room = Infinity;
  gone = false;

  send(event: WatchEvent): void {
    this.events.push(event);
    this.room -= 1;
  }

  isFull(): boolean {
    return this.room <= 0;
  }

  isClosed(): boolean {
    return this.gone;
  }

  cut(): void {
    this.leave();
  }

  drain(room: number): void {
    this.room = room;
    this.emit('drain');
  }

  leave(): void {
    this.gone = true;
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

const levelAt = (sku: string, lastSeq: number): StockLevel => ({ ...emptyLevel(sku), lastSeq });

/** One that begins with its level. */
const beginning = (sku: string, seq: number): Cursor => {
  const first = { kind: 'change', sku, level: levelAt(sku, seq), movement: undefined } as const;
  return { recent: new RecentMovements(sku, seq), seq, first, following: false };
};

/** One that resumes behind `seq`, while the tail begins later. */
const resuming = (sku: string, seq: number, tailFrom: number): Cursor => ({
  recent: new RecentMovements(sku, tailFrom),
  seq,
  first: undefined,
  following: false,
});

const BOUNDS = { heartbeatMs: 10_000, drainMs: 30_000 };

type Page = ConstructorParameters<typeof Watcher>[2];

const begin = async (cursors: readonly Cursor[], room = Infinity, page?: Page) => {
  const reader = new FakeReader();
  reader.room = room;
  const noPage: Page = () => Promise.reject(new Error('Nobody is behind'));
  const watcher = new Watcher(reader, cursors, page ?? noPage, BOUNDS);
  const outcome = watcher.run().then(
    () => 'gone',
    (error: unknown) => error as ServiceError,
  );
  await settled();
  return { reader, watcher, outcome };
};

const grow = async (watcher: Watcher, { recent }: Cursor, ...seqs: number[]) => {
  for (const seq of seqs) recent.append(movementAt(recent.sku, seq));
  watcher.movementsAdded(recent.sku);
  await settled();
};

it('tells the level, then what follows it', async () => {
  const cursor = beginning('a', 3);
  const { reader, watcher } = await begin([cursor]);
  expect(reader.seqs).toEqual([3]);
  await grow(watcher, cursor, 4, 5);
  expect(reader.seqs).toEqual([3, 4, 5]);
  expect(reader.events[2]).toMatchObject({ level: { onHand: 5, reserved: 0, shortfall: 0 } });
});

it('sends no more while the reader is full, and goes on where it was', async () => {
  const cursor = beginning('a', 0);
  const { reader, watcher } = await begin([cursor], 2);
  await grow(watcher, cursor, 1, 2, 3, 4);
  expect(reader.seqs).toEqual([0, 1]);
  reader.drain(2);
  await settled();
  expect(reader.seqs).toEqual([0, 1, 2, 3]);
});

it('gives each SKU its turn while another has more than it can tell', async () => {
  const [busy, quiet] = [beginning('busy', 0), beginning('quiet', 0)];
  const { reader, watcher } = await begin([busy, quiet]);
  for (let seq = 1; seq <= 1_000; seq += 1) busy.recent.append(movementAt('busy', seq));
  quiet.recent.append(movementAt('quiet', 1));
  watcher.movementsAdded('busy');
  watcher.movementsAdded('quiet');
  await settled();
  const place = reader.events.findIndex(
    (event) => event.kind === 'change' && event.sku === 'quiet' && event.movement,
  );
  expect(reader.events).toHaveLength(1_003);
  expect(place).toBeLessThan(110);
});

it('catches up page by page, and then follows', async () => {
  const cursor = resuming('a', 1, 5);
  cursor.recent.append(movementAt('a', 6));
  const page: Page = ([position]) =>
    Promise.resolve([1, 2].map((step) => movementAt('a', (position?.seq ?? 0) + step)));
  const { reader, watcher } = await begin([cursor], Infinity, page);
  expect(reader.seqs).toEqual([2, 3, 4, 5, 6]);
  await grow(watcher, cursor, 7);
  expect(reader.seqs).toEqual([2, 3, 4, 5, 6, 7]);
});

it.each([
  ['leaves a gap', [movementAt('a', 3)]],
  ['repeats', [movementAt('a', 2), movementAt('a', 2)]],
  ['lacks what was committed', []],
])('ends rather than pass on a ledger that %s', async (_what, movements) => {
  const page: Page = () => Promise.resolve(movements);
  const { outcome } = await begin([resuming('a', 1, 5)], Infinity, page);
  expect(await outcome).toMatchObject({ reason: 'INTERNAL' });
});

describe('a slow reader is told so, with where to resume', () => {
  it('when what it needs next is kept no more', async () => {
    const cursor = beginning('a', 0);
    const { reader, watcher, outcome } = await begin([cursor], 2);
    await grow(watcher, cursor, 1, 2, 3);
    cursor.recent.drop(cursor.recent.after(0) as Movement);
    cursor.recent.drop(cursor.recent.after(1) as Movement);
    reader.drain(Infinity);
    const metadata = { positions: [{ sku: 'a', seq: 1 }] };
    expect(await outcome).toMatchObject({ reason: 'WATCH_TOO_SLOW', metadata });
    expect(reader.seqs).toEqual([0, 1]);
  });

  it('when it leaves unread for too long what it was sent, and not before', async () => {
    const { reader, watcher, outcome } = await begin([beginning('a', 0), beginning('b', 0)], 1);
    watcher.tick(0, true);
    watcher.tick(29_000, true);
    reader.drain(1);
    await settled();
    watcher.tick(31_000, true);
    watcher.tick(60_000, true);
    expect(reader.seqs).toEqual([0, 0]);
    expect(await Promise.race([outcome, settled('still watched')])).toBe('still watched');
    watcher.tick(61_000, true);
    expect(await outcome).toMatchObject({ reason: 'WATCH_TOO_SLOW' });
  });

  it('without the position of a SKU whose level it was not told', async () => {
    const { watcher, outcome } = await begin([beginning('a', 4), beginning('b', 7)], 1);
    watcher.end(new ServiceError('SHUTTING_DOWN', 'test'));
    const metadata = { positions: [{ sku: 'a', seq: 4 }] };
    expect(await outcome).toMatchObject({ reason: 'SHUTTING_DOWN', metadata });
  });
});

describe('a heartbeat', () => {
  it('comes after silence, once for each interval', async () => {
    const { reader, watcher } = await begin([beginning('a', 0)]);
    const woken: boolean[] = [];
    for (const nowMs of [0, 9_900, 10_000, 10_100, 20_000, 20_100]) {
      woken.push(watcher.tick(nowMs, true));
      await settled();
    }
    expect(woken).toEqual([false, false, true, false, false, true]);
    expect(reader.seqs).toEqual([0, '♥', '♥']);
  });

  it('does not come while something is told', async () => {
    const cursor = beginning('a', 0);
    const { reader, watcher } = await begin([cursor]);
    for (const nowMs of [0, 9_000, 18_000, 27_000]) {
      watcher.tick(nowMs, true);
      await grow(watcher, cursor, cursor.seq + 1);
    }
    expect(reader.seqs).toEqual([0, 1, 2, 3, 4]);
  });

  it('does not come while the ledger cannot be read: nobody knows that nothing has happened', async () => {
    const { reader, watcher } = await begin([beginning('a', 0)]);
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

describe('a reader that is gone', () => {
  it('ends its watcher, wherever that is', async () => {
    const never: Page = () => new Promise(() => undefined);
    const idle = await begin([beginning('a', 0)]);
    const full = await begin([beginning('a', 0)], 1);
    const catchingUp = await begin([resuming('a', 0, 5)], Infinity, never);
    for (const { reader, outcome } of [idle, full, catchingUp]) {
      reader.leave();
      expect(await outcome).toBe('gone');
    }
  });

  it('ends its watcher also when it left before anybody listened', async () => {
    const reader = new FakeReader();
    reader.leave();
    const watcher = new Watcher(reader, [resuming('a', 0, 0)], () => Promise.resolve([]), BOUNDS);
    await expect(watcher.run()).resolves.toBeUndefined();
  });
});
