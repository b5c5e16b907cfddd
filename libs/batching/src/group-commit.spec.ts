import { AsyncLocalStorage } from 'node:async_hooks';
import { ServiceError } from '@app/errors';
import { GroupCommit } from './group-commit';

/** A flush that the test completes or fails explicitly. */
const controlled = () => {
  const groups: { requests: readonly number[]; finish: () => void; fail: (e: Error) => void }[] =
    [];
  const flush = (requests: readonly number[]): Promise<number[]> =>
    new Promise((resolve, reject) => {
      const results = requests.map((request) => request * 10);
      groups.push({ requests, finish: () => resolve(results), fail: reject });
    });
  return { groups, flush };
};

const unavailable = () => new ServiceError('DATABASE_UNAVAILABLE', 'gone');

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
const options = { what: 'numbers', maxGroupSize: 3, maxQueued: 5, maxWaitMs: 60_000 };

it('flushes a lone request at the end of the current turn of the event loop', async () => {
  const { groups, flush } = controlled();
  void new GroupCommit(flush, options).submit(1);
  await nextTurn();
  expect(groups.map(({ requests }) => requests)).toEqual([[1]]);
});

it('flushes requests of one turn together; the first does not go alone', async () => {
  const { groups, flush } = controlled();
  const commit = new GroupCommit(flush, options);
  void commit.submit(1);
  await Promise.resolve();
  void commit.submit(2);
  process.nextTick(() => void commit.submit(3));
  await nextTurn();
  expect(groups.map(({ requests }) => requests)).toEqual([[1, 2, 3]]);
});

it('flushes requests that arrive during a flush together in the next, in order and up to maxGroupSize', async () => {
  const { groups, flush } = controlled();
  const commit = new GroupCommit(flush, options);
  const first = commit.submit(1);
  await nextTurn();
  const others = Promise.all([2, 3, 4, 5].map((request) => commit.submit(request)));
  await nextTurn();
  expect(groups).toHaveLength(1);
  groups[0]?.finish();
  await nextTurn();
  expect(groups[1]?.requests).toEqual([2, 3, 4]);
  groups[1]?.finish();
  await nextTurn();
  expect(groups[2]?.requests).toEqual([5]);
  groups[2]?.finish();
  expect([await first, ...(await others)]).toEqual([10, 20, 30, 40, 50]);
});

describe('with overlap', () => {
  const overlap = { minQueued: 2, maxFlushes: 2 };

  it('starts a second flush at minQueued requests, and no more than maxFlushes', async () => {
    const { groups, flush } = controlled();
    const commit = new GroupCommit(flush, { ...options, overlap });
    const submitted = Promise.all([1, 2, 3, 4, 5, 6].map((request) => commit.submit(request)));
    // [1, 2] starts within the turn, [3, 4] overlaps it, and 5 and 6 wait: maxFlushes is reached.
    expect(groups.map(({ requests }) => requests)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    await nextTurn();
    expect(groups).toHaveLength(2);
    groups[1]?.finish();
    await nextTurn();
    expect(groups[2]?.requests).toEqual([5, 6]);
    groups[2]?.finish();
    groups[0]?.finish();
    expect(await submitted).toEqual([10, 20, 30, 40, 50, 60]);
  });

  it('returns to one flush at a time below minQueued requests', async () => {
    const { groups, flush } = controlled();
    const commit = new GroupCommit(flush, { ...options, overlap });
    const first = Promise.all([1, 2, 3, 4].map((request) => commit.submit(request)));
    for (const group of groups) group.finish();
    await first;
    const next = commit.submit(5);
    await nextTurn();
    const last = commit.submit(6);
    await nextTurn();
    expect(groups.slice(2).map(({ requests }) => requests)).toEqual([[5]]);
    groups[2]?.finish();
    await nextTurn();
    groups[3]?.finish();
    expect([await next, await last]).toEqual([50, 60]);
  });
});

it('resolves a request only after its group has committed', async () => {
  const { groups, flush } = controlled();
  const resolved = jest.fn();
  void new GroupCommit(flush, options).submit(1).then(resolved);
  await nextTurn();
  expect(resolved).not.toHaveBeenCalled();
  groups[0]?.finish();
  await nextTurn();
  expect(resolved).toHaveBeenCalledWith(10);
});

it('fails the whole group if the database is unavailable, and flushes the next one', async () => {
  const { groups, flush } = controlled();
  const commit = new GroupCommit(flush, options);
  const first = commit.submit(1);
  await nextTurn();
  const others = Promise.allSettled([commit.submit(2), commit.submit(3)]);
  groups[0]?.finish();
  await first;
  await nextTurn();
  groups[1]?.fail(unavailable());
  expect(await others).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
  const next = commit.submit(4);
  await nextTurn();
  groups[2]?.finish();
  expect(await next).toBe(40);
});

describe('a group that fails for another reason', () => {
  /** Fails each group that contains a request with an error. Records all groups. */
  const failing = (errorOf: (request: number) => Error | undefined, maxGroupSize = 10) => {
    const groups: (readonly number[])[] = [];
    const flush = async (requests: readonly number[]): Promise<number[]> => {
      groups.push(requests);
      await nextTurn();
      for (const request of requests) {
        const error = errorOf(request);
        if (error) throw error;
      }
      return requests.map((request) => request * 10);
    };
    const commit = new GroupCommit(flush, { ...options, maxQueued: 10, maxGroupSize });
    return { groups, commit };
  };

  it('is flushed again one by one, in order, and only the faulty request fails', async () => {
    const { groups, commit } = failing((n) => (n === 3 ? new Error('poisonous') : undefined));
    const results = await Promise.allSettled([1, 2, 3, 4, 5].map((n) => commit.submit(n)));
    expect(results).toMatchObject([
      { value: 10 },
      { value: 20 },
      { reason: new Error('poisonous') },
      { value: 40 },
      { value: 50 },
    ]);
    expect(groups).toEqual([[1, 2, 3, 4, 5], [1], [2], [3], [4], [5]]);
  });

  it('is flushed again one by one after INTERNAL, too', async () => {
    const internal = new ServiceError('INTERNAL', 'unexpected');
    const { groups, commit } = failing((n) => (n === 3 ? internal : undefined));
    const results = await Promise.allSettled([1, 2, 3].map((n) => commit.submit(n)));
    expect(results).toMatchObject([{ value: 10 }, { value: 20 }, { reason: internal }]);
    expect(groups).toEqual([[1, 2, 3], [1], [2], [3]]);
  });

  it('is not flushed again if it has one member', async () => {
    const { groups, commit } = failing(() => new Error('poisonous'));
    await expect(commit.submit(1)).rejects.toThrow('poisonous');
    expect(groups).toEqual([[1]]);
  });

  it('fails the remaining members as soon as the database is unavailable', async () => {
    const errors = [undefined, undefined, new Error('poisonous'), unavailable()];
    const { groups, commit } = failing((n) => errors[n]);
    const results = await Promise.allSettled([1, 2, 3, 4].map((n) => commit.submit(n)));
    expect(results).toMatchObject([
      { value: 10 },
      { reason: new Error('poisonous') },
      { reason: { reason: 'DATABASE_UNAVAILABLE' } },
      { reason: { reason: 'DATABASE_UNAVAILABLE' } },
    ]);
    expect(groups).toEqual([[1, 2, 3, 4], [1], [2], [3]]);
  });

  it('skips members that were cancelled meanwhile', async () => {
    const { groups, commit } = failing((n) => (n === 2 ? new Error('poisonous') : undefined));
    const signal = {
      get aborted(): boolean {
        return groups.length >= 3;
      },
    };
    const results = await Promise.allSettled([
      commit.submit(1),
      commit.submit(2),
      commit.submit(3, signal),
      commit.submit(4),
    ]);
    expect(results).toMatchObject([
      { value: 10 },
      { reason: new Error('poisonous') },
      { reason: { reason: 'DEADLINE_PASSED' } },
      { value: 40 },
    ]);
    expect(groups).toEqual([[1, 2, 3, 4], [1], [2], [4]]);
  });
});

it('rejects requests beyond maxQueued at once, and accepts again when the queue has drained', async () => {
  const { groups, flush } = controlled();
  const commit = new GroupCommit(flush, options);
  const first = commit.submit(1);
  await nextTurn();
  for (const request of [2, 3, 4, 5, 6]) void commit.submit(request);
  await expect(commit.submit(7)).rejects.toMatchObject({ reason: 'OVERLOADED' });
  groups[0]?.finish();
  await first;
  await nextTurn();
  const late = commit.submit(8);
  groups[1]?.finish();
  await nextTurn();
  groups[2]?.finish();
  expect(await late).toBe(80);
});

it('rejects a request that waited longer than maxWaitMs behind a hanging flush', async () => {
  const now = jest.spyOn(performance, 'now').mockReturnValue(0);
  const { groups, flush } = controlled();
  const commit = new GroupCommit(flush, { ...options, maxWaitMs: 1_000 });
  const first = commit.submit(1);
  await nextTurn();
  const late = expect(commit.submit(2)).rejects.toMatchObject({ reason: 'OVERLOADED' });
  now.mockReturnValue(1_001);
  groups[0]?.finish();
  expect(await first).toBe(10);
  await late;
  expect(groups).toHaveLength(1);
  now.mockRestore();
});

it('rejects a request that is aborted when its group is formed, without flushing it', async () => {
  const { groups, flush } = controlled();
  const commit = new GroupCommit(flush, options);
  const controller = new AbortController();
  const first = commit.submit(1);
  await nextTurn();
  const aborted = commit.submit(2, controller.signal);
  const other = commit.submit(3);
  const last = commit.submit(4, controller.signal);
  controller.abort();
  const rejected = Promise.allSettled([aborted, last]);
  groups[0]?.finish();
  await first;
  await nextTurn();
  expect(groups[1]?.requests).toEqual([3]);
  groups[1]?.finish();
  expect(await other).toBe(30);
  expect(await rejected).toMatchObject([
    { reason: { reason: 'DEADLINE_PASSED' } },
    { reason: { reason: 'DEADLINE_PASSED' } },
  ]);
  await nextTurn();
  expect(groups).toHaveLength(2);
});

it('rejects a request that is aborted on arrival, and completes one aborted after its flush began', async () => {
  const { groups, flush } = controlled();
  const commit = new GroupCommit(flush, options);
  await expect(commit.submit(1, AbortSignal.abort())).rejects.toMatchObject({
    reason: 'DEADLINE_PASSED',
  });
  expect(groups).toHaveLength(0);
  const controller = new AbortController();
  const flushed = commit.submit(2, controller.signal);
  await nextTurn();
  controller.abort();
  groups[0]?.finish();
  expect(await flushed).toBe(20);
});

it.each([undefined, { minQueued: 1, maxFlushes: 1 }])(
  'flushes in the context of none of its requests (overlap: %j)',
  async (overlap) => {
    const requestId = new AsyncLocalStorage<string>();
    const flush = (requests: readonly number[]) =>
      Promise.resolve(requests.map(() => requestId.getStore()));
    const commit = new GroupCommit<number, string | undefined>(flush, {
      ...options,
      ...(overlap && { overlap }),
    });
    const after = await requestId.run('r-1', async () => {
      const seen = await commit.submit(1);
      return { flush: seen, request: requestId.getStore() };
    });
    expect(after).toEqual({ flush: undefined, request: 'r-1' });
  },
);

it('fails if the flush returns fewer results than requests', async () => {
  const commit = new GroupCommit<number, number>(() => Promise.resolve([]), options);
  await expect(commit.submit(1)).rejects.toThrow('Flushed 1 requests but received 0 results');
});
