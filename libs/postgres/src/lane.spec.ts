import { runForRequest } from '@app/runtime';
import { Lane, type LaneOptions } from './lane';

const OPTIONS: LaneOptions = {
  slots: 2,
  maxQueued: 3,
  maxWaitMs: 1_000,
  restFactor: 4,
  mustYield: () => false,
};

/** Nothing here takes time. A read that is never answered is found soon. */
jest.setTimeout(10_000);

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** Reads that end when the test says so. */
const reads = () => {
  const ends: (() => void)[] = [];
  const read = jest.fn(() => new Promise<void>((resolve) => ends.push(resolve)));
  return { read, endNext: () => ends.shift()?.() };
};

const settled = async (promise: Promise<unknown>): Promise<unknown> =>
  Promise.race([promise.catch((error: unknown) => error), Promise.resolve('pending')]);

const turn = () => jest.advanceTimersByTimeAsync(0);

it('runs as many reads at a time as it has slots, in the order of their arrival', async () => {
  const lane = new Lane(OPTIONS);
  const { read, endNext } = reads();
  const order: number[] = [];
  for (const nth of [1, 2, 3]) void lane.run(read).then(() => order.push(nth));
  expect(read).toHaveBeenCalledTimes(2);
  endNext();
  await turn();
  expect(read).toHaveBeenCalledTimes(3);
  endNext();
  endNext();
  await turn();
  expect(order).toEqual([1, 2, 3]);
});

it('rejects a read at once if too many wait, and says when to retry', async () => {
  const lane = new Lane(OPTIONS);
  const { read } = reads();
  for (let nth = 1; nth <= 5; nth += 1) void lane.run(read).catch(() => undefined);
  await expect(lane.run(read)).rejects.toMatchObject({ reason: 'OVERLOADED', retryAfterMs: 1_000 });
});

it('rejects a read that has waited for too long, also while no read ends', async () => {
  const lane = new Lane(OPTIONS);
  const { read } = reads();
  void lane.run(read);
  void lane.run(read);
  const waiting = lane.run(read);
  const rejected = expect(waiting).rejects.toMatchObject({ reason: 'OVERLOADED' });
  await jest.advanceTimersByTimeAsync(999);
  expect(await settled(waiting)).toBe('pending');
  await jest.advanceTimersByTimeAsync(1);
  await rejected;
  expect(read).toHaveBeenCalledTimes(2);
});

it('gives the place of a read whose caller has gone to another', async () => {
  const lane = new Lane(OPTIONS);
  const { read, endNext } = reads();
  void lane.run(read);
  void lane.run(read);
  const gone = new AbortController();
  const abandoned = jest.fn(() => Promise.resolve());
  const left = [1, 2, 3].map(() => lane.run(abandoned, { signal: gone.signal }));
  const rejected = Promise.all(
    left.map((each) => expect(each).rejects.toMatchObject({ reason: 'DEADLINE_PASSED' })),
  );
  gone.abort();
  const next = lane.run(read);
  await rejected;
  endNext();
  await turn();
  expect(read).toHaveBeenCalledTimes(3);
  endNext();
  endNext();
  await next;
  expect(abandoned).not.toHaveBeenCalled();
});

it('does not begin a read whose caller has gone before its turn', async () => {
  const lane = new Lane({ ...OPTIONS, slots: 1 });
  const { read, endNext } = reads();
  void lane.run(read);
  const gone = new AbortController();
  const abandoned = jest.fn(() => Promise.resolve());
  const left = lane.run(abandoned, { signal: gone.signal }).catch((error: unknown) => error);
  gone.abort();
  endNext();
  await turn();
  await expect(left).resolves.toMatchObject({ reason: 'DEADLINE_PASSED' });
  expect(abandoned).not.toHaveBeenCalled();
});

it('runs reads of a caller that limits itself first, and never rejects them', async () => {
  const lane = new Lane({ ...OPTIONS, slots: 1 });
  const { read, endNext } = reads();
  void lane.run(read);
  for (let nth = 1; nth <= 3; nth += 1) void lane.run(read).catch(() => undefined);
  const poll = jest.fn(() => Promise.resolve('polled'));
  const polled = lane.run(poll, { isLimited: true });
  await jest.advanceTimersByTimeAsync(10_000);
  expect(poll).not.toHaveBeenCalled();
  endNext();
  await turn();
  await expect(polled).resolves.toBe('polled');
});

it('lets a read of one thing go before lists, also if the queue is full of them', async () => {
  const lane = new Lane({ ...OPTIONS, slots: 1 });
  const { read, endNext } = reads();
  void lane.run(read);
  const lists = [1, 2, 3].map(() => lane.run(read).catch((error: unknown) => error));
  const { read: short } = reads();
  void lane.run(short, { isShort: true });
  await expect(lists[2]).resolves.toMatchObject({ reason: 'OVERLOADED' });
  endNext();
  await turn();
  expect(short).toHaveBeenCalledTimes(1);
  expect(read).toHaveBeenCalledTimes(1);
});

it('rejects a read of one thing if the queue is full of such reads', async () => {
  const lane = new Lane({ ...OPTIONS, slots: 1 });
  const { read } = reads();
  const short = { isShort: true };
  for (let nth = 1; nth <= 4; nth += 1) void lane.run(read, short).catch(() => undefined);
  await expect(lane.run(read, short)).rejects.toMatchObject({ reason: 'OVERLOADED' });
});

describe('callers', () => {
  const readFor = (lane: Lane, subject: string, order: string[]): Promise<unknown> =>
    runForRequest({ id: undefined, subject }, () =>
      lane.run(() => Promise.resolve(order.push(subject))).catch((error: unknown) => error),
    );

  it('take turns, however many reads one of them has queued', async () => {
    const lane = new Lane({ ...OPTIONS, slots: 1, maxQueued: 10 });
    const { read, endNext } = reads();
    void lane.run(read);
    const order: string[] = [];
    const all = ['ann', 'ann', 'ann', 'bob', 'bob', 'eve'].map((subject) =>
      readFor(lane, subject, order),
    );
    endNext();
    await jest.advanceTimersByTimeAsync(100);
    await Promise.all(all);
    expect(order).toEqual(['ann', 'bob', 'eve', 'ann', 'bob', 'ann']);
  });

  it('that fill the queue make room for others', async () => {
    const lane = new Lane({ ...OPTIONS, slots: 1 });
    const { read } = reads();
    void lane.run(read);
    const order: string[] = [];
    const queued = [1, 2, 3].map(() => readFor(lane, 'ann', order));
    void readFor(lane, 'bob', order);
    await expect(queued[2]).resolves.toMatchObject({ reason: 'OVERLOADED' });
    await expect(readFor(lane, 'ann', order)).resolves.toMatchObject({ reason: 'OVERLOADED' });
  });
});

it('rests after each read while it must yield', async () => {
  const lane = new Lane({ ...OPTIONS, slots: 1, mustYield: () => true });
  const { read, endNext } = reads();
  void lane.run(read);
  void lane.run(read);
  await jest.advanceTimersByTimeAsync(100);
  endNext();
  await turn();
  await jest.advanceTimersByTimeAsync(390);
  expect(read).toHaveBeenCalledTimes(1);
  await jest.advanceTimersByTimeAsync(20);
  expect(read).toHaveBeenCalledTimes(2);
});

it('does not let a poll rest, but the reads after it', async () => {
  const lane = new Lane({ ...OPTIONS, mustYield: () => true });
  const { read, endNext } = reads();
  void lane.run(read);
  await jest.advanceTimersByTimeAsync(100);
  endNext();
  await turn();
  const { read: list } = reads();
  void lane.run(list, { isLimited: true });
  const { read: poll, endNext: endPoll } = reads();
  void lane.run(poll, { isShared: true });
  expect(poll).toHaveBeenCalledTimes(1);
  await jest.advanceTimersByTimeAsync(10);
  endPoll();
  await turn();
  await jest.advanceTimersByTimeAsync(420);
  expect(list).not.toHaveBeenCalled();
  await jest.advanceTimersByTimeAsync(20);
  expect(list).toHaveBeenCalledTimes(1);
});

it('lets a poll go before the reads of callers that limit themselves', async () => {
  const lane = new Lane({ ...OPTIONS, slots: 1 });
  const { read, endNext } = reads();
  void lane.run(read);
  const { read: limited } = reads();
  void lane.run(limited, { isLimited: true });
  const { read: poll } = reads();
  void lane.run(poll, { isShared: true });
  endNext();
  await turn();
  expect(poll).toHaveBeenCalledTimes(1);
  expect(limited).not.toHaveBeenCalled();
});

it('counts the time of several reads once', async () => {
  const lane = new Lane({ ...OPTIONS, mustYield: () => true });
  const { read, endNext } = reads();
  for (let nth = 1; nth <= 3; nth += 1) void lane.run(read);
  await jest.advanceTimersByTimeAsync(50);
  endNext();
  endNext();
  await turn();
  await jest.advanceTimersByTimeAsync(190);
  expect(read).toHaveBeenCalledTimes(2);
  await jest.advanceTimersByTimeAsync(20);
  expect(read).toHaveBeenCalledTimes(3);
});

it('rests for half a second at most', async () => {
  const lane = new Lane({ ...OPTIONS, slots: 1, mustYield: () => true });
  const { read, endNext } = reads();
  void lane.run(read);
  await jest.advanceTimersByTimeAsync(10_000);
  endNext();
  await turn();
  void lane.run(read);
  await jest.advanceTimersByTimeAsync(510);
  expect(read).toHaveBeenCalledTimes(2);
});

it('does not rest any more when it need not yield any more', async () => {
  let mustYield = true;
  const lane = new Lane({ ...OPTIONS, slots: 1, mustYield: () => mustYield });
  const { read, endNext } = reads();
  void lane.run(read);
  await jest.advanceTimersByTimeAsync(100);
  endNext();
  await turn();
  mustYield = false;
  void lane.run(read);
  expect(read).toHaveBeenCalledTimes(2);
});

it('keeps the slot until the caller has written its response', async () => {
  const lane = new Lane({ ...OPTIONS, slots: 1 });
  const { read, endNext } = reads();
  let isWritten = false;
  const written = lane.run(read).then(() => (isWritten = true));
  const next = jest.fn(() => {
    expect(isWritten).toBe(true);
    return Promise.resolve();
  });
  const second = lane.run(next);
  endNext();
  await written;
  expect(next).not.toHaveBeenCalled();
  await turn();
  await second;
});

it('frees the slot of a read that fails', async () => {
  const lane = new Lane({ ...OPTIONS, slots: 1 });
  const failed = lane.run(() => Promise.reject(new Error('broken')));
  const next = lane.run(() => Promise.resolve('read'));
  await expect(failed).rejects.toThrow('broken');
  await turn();
  await expect(next).resolves.toBe('read');
});
