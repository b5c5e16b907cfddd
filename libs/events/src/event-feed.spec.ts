import { ServiceError } from '@app/errors';
import type { LaneRequest } from '@app/postgres';
import { EventFeed, type EventPage, type EventReader } from './event-feed';
import { logHistoryChanged } from './event-log.repository';
import { BEGINNING, fromToken, type LogPosition, toToken } from './log-position';

const OPTIONS = { maxRecent: 4, heartbeatMs: 60_000 };

/** A log in memory, which counts its reads. */
class MemoryLog implements EventReader<LogPosition> {
  readonly events: LogPosition[] = [];
  reads = 0;
  readonly requests: (LaneRequest | undefined)[] = [];
  /** The next reads fail with them. */
  readonly rejections: ServiceError[] = [];
  failure: ServiceError | undefined;

  add(count: number): void {
    for (let each = 0; each < count; each += 1) {
      this.events.push({ position: this.events.length + 1, sequencedAtMs: 1 });
    }
  }

  readState() {
    const end = this.events.at(-1) ?? BEGINNING;
    return Promise.resolve({ historyId: 'h', end, prunedPosition: 0 });
  }

  readAfter(
    after: LogPosition,
    limit: number,
    request?: LaneRequest,
  ): Promise<EventPage<LogPosition>> {
    this.reads += 1;
    this.requests.push(request);
    const rejection = this.rejections.shift();
    if (rejection) return Promise.reject(rejection);
    if (this.failure) return Promise.reject(this.failure);
    const events = this.events.slice(after.position, after.position + limit);
    return Promise.resolve({ events, end: events.at(-1) ?? after });
  }
}

const by = (closed = new AbortController().signal, caller = 'one') => ({ closed, caller });

const take = async (
  pages: AsyncGenerator<EventPage<LogPosition>>,
  count: number,
): Promise<number[]> => {
  const found: number[] = [];
  while (found.length < count) {
    const page = await pages.next();
    if (page.done === true) break;
    found.push(...page.value.events.map(({ position }) => position));
  }
  return found;
};

it('serves followers that keep up from one read, and the others from reads of their own', async () => {
  const log = new MemoryLog();
  const feed = new EventFeed(log, OPTIONS);
  const closed = new AbortController();
  const [first, second] = [1, 2].map(() => feed.follow(BEGINNING, by(closed.signal)));
  if (!first || !second) throw new Error('There are no followers');
  await feed.poll();
  log.add(3);
  await feed.poll();
  const reads = log.reads;
  expect(await take(first, 3)).toEqual([1, 2, 3]);
  expect(await take(second, 3)).toEqual([1, 2, 3]);
  expect(log.reads).toBe(reads);
  log.add(5);
  await feed.poll();
  const late = feed.follow(BEGINNING, by(closed.signal));
  expect(await take(late, 8)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(log.reads).toBeGreaterThan(reads + 1);
});

it('is not behind for a follower that begins now, however many events come before the first poll', async () => {
  const log = new MemoryLog();
  log.add(7);
  const feed = new EventFeed(log, { ...OPTIONS, maxRecent: 100 });
  const begin = feed.join(by());
  const { end } = await feed.inTurn('a', () => log.readState());
  log.add(50);
  await feed.poll();
  const reads = log.reads;
  expect(await take(begin(end), 50)).toHaveLength(50);
  expect(log.reads).toBe(reads);
});

it('lets a follower that is behind alone read larger pages than many of them', async () => {
  const readsOf = async (followers: number): Promise<number> => {
    const log = new MemoryLog();
    log.add(1_000);
    const feed = new EventFeed(log, { ...OPTIONS, maxRecent: 1_000 });
    const all = Array.from({ length: followers }, () => feed.follow(BEGINNING, by()));
    const begun = await Promise.all(all.map(async (each) => (await take(each, 1)).length));
    log.reads = 0;
    await Promise.all(all.map((each, nth) => take(each, 1_000 - (begun[nth] ?? 0))));
    return log.reads / followers;
  };
  expect(await readsOf(1)).toBeLessThanOrEqual(2);
  expect(await readsOf(20)).toBeGreaterThanOrEqual(5);
});

it('ends followers when they close, and when the feed stops', async () => {
  const feed = new EventFeed(new MemoryLog(), OPTIONS);
  const closed = new AbortController();
  const pages = [
    feed.follow(BEGINNING, by(closed.signal)),
    feed.follow(BEGINNING, by(closed.signal)),
  ];
  const ends = pages.map((each) => each.next());
  closed.abort();
  expect(feed.isAtRest).toBe(true);
  feed.stop();
  for (const end of ends) expect(await end).toMatchObject({ done: true });
});

it('tells each follower that the log has lost its last events', async () => {
  const log = new MemoryLog();
  const feed = new EventFeed(log, OPTIONS);
  log.add(2);
  const pages = feed.follow(BEGINNING, by());
  await feed.poll();
  expect(await take(pages, 2)).toEqual([1, 2]);
  const next = pages.next();
  log.failure = logHistoryChanged();
  await feed.poll();
  await expect(next).rejects.toMatchObject({ reason: 'HISTORY_CHANGED' });
});

it('makes a follower wait for a heartbeat only while there is no event', async () => {
  const feed = new EventFeed(new MemoryLog(), { ...OPTIONS, heartbeatMs: 1 });
  const pages = feed.follow(BEGINNING, by());
  expect(await pages.next()).toMatchObject({ value: { events: [], end: BEGINNING } });
});

describe('a token', () => {
  const history = '3f2a9c1e-0000-4000-8000-000000000000';

  it('stands for a position of one history', () => {
    const position = { position: 42, sequencedAtMs: 1_764_000_000_000 };
    const token = toToken(history, position);
    expect(fromToken(history, token)).toEqual({ ...position, isOfHistory: true });
    expect(fromToken('4f2a9c1e-x', token)).toMatchObject({ isOfHistory: false });
  });

  it.each([
    '',
    '7',
    '3f2a9c1e-042-1',
    '3f2a9c1e-4.2-1',
    '3f2a9c1e-42-',
    '3f2a9c1e-9999999999999999-1',
  ])('%j is none', (token) => expect(fromToken(history, token)).toBeUndefined());
});

it('counts a follower before it has found its start', () => {
  const feed = new EventFeed(new MemoryLog(), OPTIONS);
  const closed = new AbortController();
  feed.join(by(closed.signal));
  expect(feed.isAtRest).toBe(false);
  closed.abort();
  expect(feed.isAtRest).toBe(true);
});

it('is at rest without followers, and after some polls without an event until the next one', async () => {
  const log = new MemoryLog();
  const feed = new EventFeed(log, OPTIONS);
  expect(feed.isAtRest).toBe(true);
  const closed = new AbortController();
  feed.follow(BEGINNING, by(closed.signal));
  expect(feed.isAtRest).toBe(false);
  for (let poll = 0; poll < 10; poll += 1) await feed.poll();
  expect(feed.isAtRest).toBe(true);
  log.add(1);
  await feed.poll();
  expect(feed.isAtRest).toBe(false);
});

it('has a heartbeat for a follower that wants none of the events, with the position that it has come to', async () => {
  const log = new MemoryLog();
  const feed = new EventFeed(log, { ...OPTIONS, heartbeatMs: 50 });
  const closed = new AbortController();
  const pages = feed.follow(BEGINNING, { ...by(closed.signal), isWanted: () => false });
  const first = pages.next();
  let page: EventPage<LogPosition> | undefined;
  void first.then(({ value }: IteratorResult<EventPage<LogPosition>, undefined>) => (page = value));
  // Other events all the time.
  while (!page) {
    log.add(1);
    await feed.poll();
    await new Promise(setImmediate);
  }
  expect(page.events).toEqual([]);
  expect(page.end.position).toBeGreaterThan(0);
  closed.abort();
});

it('lets followers that are behind read two at a time, in turns by caller', async () => {
  const log = new MemoryLog();
  const feed = new EventFeed(log, OPTIONS);
  log.add(1);
  let running = 0;
  let most = 0;
  const finished: string[] = [];
  const readAfter = log.readAfter.bind(log);
  log.readAfter = async (...parameters) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise(setImmediate);
    running -= 1;
    return readAfter(...parameters);
  };
  const closed = new AbortController();
  const callers = [...Array<string>(20).fill('many'), 'one'];
  await Promise.all(
    callers.map(async (caller) => {
      await feed.follow(BEGINNING, by(closed.signal, caller)).next();
      finished.push(caller);
    }),
  );
  expect(most).toBe(2);
  expect(finished.indexOf('one')).toBeLessThan(5);
});

it('lets a follower that is behind read among clients, and before them only after a rejection', async () => {
  const log = new MemoryLog();
  const feed = new EventFeed(log, OPTIONS);
  log.add(150);
  log.rejections.push(new ServiceError('OVERLOADED', 'Too many reads.'));
  const closed = new AbortController();
  const pages = feed.follow(BEGINNING, by(closed.signal));
  const first = pages.next();
  expect((await first).value).toMatchObject({ end: { position: 100 } });
  await pages.next();
  expect(log.requests.map((request) => request?.isLimited)).toEqual([false, true, false]);
  closed.abort();
});
