import { BurstQueue, type QueuePlace } from './burst-queue';

const OPTIONS = { maxLength: 10, maxBurstMs: 1_000, maxLengthInOverload: 2 };

interface Named {
  readonly name: string;
  readonly deadlineMs: number;
}

let expired: string[];
let queue: BurstQueue<Named>;

beforeEach(() => {
  jest.useFakeTimers();
  expired = [];
  queue = new BurstQueue(OPTIONS, ({ name }) => expired.push(name));
});

afterEach(() => jest.useRealTimers());

const push = (name: string, timeoutMs = 60_000): QueuePlace<Named> =>
  queue.push({ name, deadlineMs: performance.now() + timeoutMs });

it('returns the items in their order', () => {
  for (const name of ['a', 'b', 'c']) push(name);
  expect([queue.shift()?.name, queue.shift()?.name, queue.shift()?.name]).toEqual(['a', 'b', 'c']);
  expect(queue.shift()).toBeUndefined();
});

it('removes an item once, wherever it is, and nothing after it has left', () => {
  const [first, second, third] = ['a', 'b', 'c'].map((name) => push(name));
  if (!first || !second || !third) throw new Error('Three items were queued');
  queue.remove(second);
  queue.remove(second);
  expect(queue.shift()?.name).toBe('a');
  queue.remove(first);
  expect([queue.shift()?.name, queue.isEmpty]).toEqual(['c', true]);
});

it('does not keep the items that were queued beside one that has left', () => {
  const [first, second] = ['a', 'b'].map((name) => push(name));
  queue.shift();
  queue.shift();
  expect([first?.next, second?.prev]).toEqual([undefined, undefined]);
});

it('gives up each item at its own deadline', () => {
  push('patient', 500);
  push('hasty', 100);
  jest.advanceTimersByTime(119);
  expect(expired).toEqual(['hasty']);
  jest.advanceTimersByTime(401);
  expect(expired).toEqual(['hasty', 'patient']);
  expect(queue.isEmpty).toBe(true);
});

it('does not return an item whose deadline has passed since the last sweep', () => {
  push('hasty', 5);
  push('patient');
  jest.advanceTimersByTime(5);
  expect(queue.shift()?.name).toBe('patient');
  expect(expired).toEqual(['hasty']);
});

it('takes a burst up to its limit', () => {
  for (let length = 0; length < OPTIONS.maxLength; length += 1) {
    expect(queue.hasRoomFor(60_000)).toBe(true);
    push(`${length}`);
  }
  expect(queue.hasRoomFor(60_000)).toBe(false);
});

it('takes only a few items once it has not been empty for long, until it has been empty', () => {
  for (let length = 0; length < 5; length += 1) push(`${length}`);
  jest.advanceTimersByTime(OPTIONS.maxBurstMs);
  expect(queue.hasRoomFor(60_000)).toBe(true);
  jest.advanceTimersByTime(1);
  expect(queue.hasRoomFor(60_000)).toBe(false);

  while (!queue.hasRoomFor(60_000)) queue.shift();
  push('last');
  expect(queue.hasRoomFor(60_000)).toBe(false);
  while (!queue.isEmpty) queue.shift();
  for (let length = 0; length < 5; length += 1) push(`${length}`);
  expect(queue.hasRoomFor(60_000)).toBe(true);
});

it('takes no item that would wait too long at the rate at which items leave', () => {
  queue = new BurstQueue({ ...OPTIONS, maxLength: 1_000, maxBurstMs: 60_000 }, () => undefined);
  for (let length = 0; length < 300; length += 1) push(`${length}`);
  expect(queue.hasRoomFor(1_000)).toBe(true);
  for (let left = 0; left < 100; left += 1) queue.shift();
  jest.advanceTimersByTime(1_000);
  // 200 items are left, and 100 leave in a second.
  expect(queue.hasRoomFor(1_300)).toBe(false);
  expect(queue.hasRoomFor(1_400)).toBe(true);
});

it('takes items also after a stall', () => {
  queue = new BurstQueue(
    { ...OPTIONS, maxLengthInOverload: 8, maxBurstMs: 60_000 },
    () => undefined,
  );
  for (let length = 0; length < 9; length += 1) push(`${length}`);
  jest.advanceTimersByTime(1_000);
  expect(queue.hasRoomFor(700)).toBe(false);
  expect(queue.hasRoomFor(800)).toBe(true);
});
