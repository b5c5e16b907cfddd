import { ServiceError } from '@app/errors';
import { GroupCommit } from './group-commit';

/** A flush that a test lets finish when it likes. */
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

const settle = () => new Promise((resolve) => setImmediate(resolve));
const options = { what: 'numbers', maxGroup: 3, maxWaiting: 5, maxWaitMs: 60_000 };

it('flushes a lone request as soon as the turn of the event loop is over', async () => {
  const { groups, flush } = controlled();
  void new GroupCommit(flush, options).submit(1);
  await settle();
  expect(groups.map(({ requests }) => requests)).toEqual([[1]]);
});

it('lets those that come in one turn go together: none goes alone, ahead of all others', async () => {
  const { groups, flush } = controlled();
  const commit = new GroupCommit(flush, options);
  void commit.submit(1);
  await Promise.resolve();
  void commit.submit(2);
  process.nextTick(() => void commit.submit(3));
  await settle();
  expect(groups.map(({ requests }) => requests)).toEqual([[1, 2, 3]]);
});

it('lets those that come during a flush go together in the next, in order and within the bound', async () => {
  const { groups, flush } = controlled();
  const commit = new GroupCommit(flush, options);
  const first = commit.submit(1);
  await settle();
  const others = Promise.all([2, 3, 4, 5].map((request) => commit.submit(request)));
  await settle();
  expect(groups).toHaveLength(1);
  groups[0]?.finish();
  await settle();
  expect(groups[1]?.requests).toEqual([2, 3, 4]);
  groups[1]?.finish();
  await settle();
  expect(groups[2]?.requests).toEqual([5]);
  groups[2]?.finish();
  expect([await first, ...(await others)]).toEqual([10, 20, 30, 40, 50]);
});

describe('where flushes may overlap', () => {
  const overlap = { atWaiting: 2, maxFlushes: 2 };

  it('does not let so many wait for the flush under way, but all others', async () => {
    const { groups, flush } = controlled();
    const commit = new GroupCommit(flush, { ...options, overlap });
    const submitted = Promise.all([1, 2, 3, 4, 5, 6].map((request) => commit.submit(request)));
    // Two that did not wait for the turn to end, two that did not wait for them, and two for which
    // there is no room.
    expect(groups.map(({ requests }) => requests)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    await settle();
    expect(groups).toHaveLength(2);
    groups[1]?.finish();
    await settle();
    expect(groups[2]?.requests).toEqual([5, 6]);
    groups[2]?.finish();
    groups[0]?.finish();
    expect(await submitted).toEqual([10, 20, 30, 40, 50, 60]);
  });

  it('goes back to one at a time when there is less to do', async () => {
    const { groups, flush } = controlled();
    const commit = new GroupCommit(flush, { ...options, overlap });
    const first = Promise.all([1, 2, 3, 4].map((request) => commit.submit(request)));
    for (const group of groups) group.finish();
    await first;
    const next = commit.submit(5);
    await settle();
    const last = commit.submit(6);
    await settle();
    expect(groups.slice(2).map(({ requests }) => requests)).toEqual([[5]]);
    groups[2]?.finish();
    await settle();
    groups[3]?.finish();
    expect([await next, await last]).toEqual([50, 60]);
  });
});

it('answers nobody before the group has committed', async () => {
  const { groups, flush } = controlled();
  const answered = jest.fn();
  void new GroupCommit(flush, options).submit(1).then(answered);
  await settle();
  expect(answered).not.toHaveBeenCalled();
  groups[0]?.finish();
  await settle();
  expect(answered).toHaveBeenCalledWith(10);
});

it('fails every member of a group for which there is no database, and goes on with the next', async () => {
  const { groups, flush } = controlled();
  const commit = new GroupCommit(flush, options);
  const first = commit.submit(1);
  await settle();
  const others = Promise.allSettled([commit.submit(2), commit.submit(3)]);
  groups[0]?.finish();
  await first;
  await settle();
  groups[1]?.fail(unavailable());
  expect(await others).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
  const next = commit.submit(4);
  await settle();
  groups[2]?.finish();
  expect(await next).toBe(40);
});

describe('a group that fails for another reason', () => {
  /** Fails whatever group has such a request, and remembers every group. */
  const failing = (errorOf: (request: number) => Error | undefined, maxGroup = 10) => {
    const groups: (readonly number[])[] = [];
    const flush = async (requests: readonly number[]): Promise<number[]> => {
      groups.push(requests);
      await settle();
      for (const request of requests) {
        const error = errorOf(request);
        if (error) throw error;
      }
      return requests.map((request) => request * 10);
    };
    const commit = new GroupCommit(flush, { ...options, maxWaiting: 10, maxGroup });
    return { groups, commit };
  };

  it('is flushed again one by one, in order, so that the culprit fails alone', async () => {
    const { groups, commit } = failing((n) => (n === 3 ? new Error('poisonous') : undefined));
    const answers = await Promise.allSettled([1, 2, 3, 4, 5].map((n) => commit.submit(n)));
    expect(answers).toMatchObject([
      { value: 10 },
      { value: 20 },
      { reason: new Error('poisonous') },
      { value: 40 },
      { value: 50 },
    ]);
    expect(groups).toEqual([[1, 2, 3, 4, 5], [1], [2], [3], [4], [5]]);
  });

  it('and so is one that fails with INTERNAL', async () => {
    const internal = new ServiceError('INTERNAL', 'unforeseen');
    const { groups, commit } = failing((n) => (n === 3 ? internal : undefined));
    const answers = await Promise.allSettled([1, 2, 3].map((n) => commit.submit(n)));
    expect(answers).toMatchObject([{ value: 10 }, { value: 20 }, { reason: internal }]);
    expect(groups).toEqual([[1, 2, 3], [1], [2], [3]]);
  });

  it('of one request is not flushed again', async () => {
    const { groups, commit } = failing(() => new Error('poisonous'));
    await expect(commit.submit(1)).rejects.toThrow('poisonous');
    expect(groups).toEqual([[1]]);
  });

  it('stops at the first that finds no database: the others do not wait for it in vain', async () => {
    const errors = [undefined, undefined, new Error('poisonous'), unavailable()];
    const { groups, commit } = failing((n) => errors[n]);
    const answers = await Promise.allSettled([1, 2, 3, 4].map((n) => commit.submit(n)));
    expect(answers).toMatchObject([
      { value: 10 },
      { reason: new Error('poisonous') },
      { reason: { reason: 'DATABASE_UNAVAILABLE' } },
      { reason: { reason: 'DATABASE_UNAVAILABLE' } },
    ]);
    expect(groups).toEqual([[1, 2, 3, 4], [1], [2], [3]]);
  });

  it('leaves out those whose caller has given up meanwhile', async () => {
    const { groups, commit } = failing((n) => (n === 2 ? new Error('poisonous') : undefined));
    const until2 = () => groups.length < 3;
    const answers = await Promise.allSettled([
      commit.submit(1),
      commit.submit(2),
      commit.submit(3, until2),
      commit.submit(4),
    ]);
    expect(answers).toMatchObject([
      { value: 10 },
      { reason: new Error('poisonous') },
      { reason: { reason: 'DEADLINE_PASSED' } },
      { value: 40 },
    ]);
    expect(groups).toEqual([[1, 2, 3, 4], [1], [2], [4]]);
  });
});

it('refuses at once what would wait beyond the bound, and has room again afterwards', async () => {
  const { groups, flush } = controlled();
  const commit = new GroupCommit(flush, options);
  const first = commit.submit(1);
  await settle();
  for (const request of [2, 3, 4, 5, 6]) void commit.submit(request);
  await expect(commit.submit(7)).rejects.toMatchObject({ reason: 'OVERLOADED' });
  groups[0]?.finish();
  await first;
  await settle();
  const late = commit.submit(8);
  groups[1]?.finish();
  await settle();
  groups[2]?.finish();
  expect(await late).toBe(80);
});

it('refuses, unserved, whoever has waited too long for a flush that hangs', async () => {
  const now = jest.spyOn(performance, 'now').mockReturnValue(0);
  const { groups, flush } = controlled();
  const commit = new GroupCommit(flush, { ...options, maxWaitMs: 1_000 });
  const served = commit.submit(1);
  await settle();
  const late = expect(commit.submit(2)).rejects.toMatchObject({ reason: 'OVERLOADED' });
  now.mockReturnValue(1_001);
  groups[0]?.finish();
  expect(await served).toBe(10);
  await late;
  expect(groups).toHaveLength(1);
  now.mockRestore();
});

it('does not begin what nobody waits for any more when its group is formed', async () => {
  const { groups, flush } = controlled();
  const commit = new GroupCommit(flush, options);
  let isAwaited = true;
  const first = commit.submit(1);
  await settle();
  const given = commit.submit(2, () => isAwaited);
  const other = commit.submit(3);
  const last = commit.submit(4, () => isAwaited);
  isAwaited = false;
  const dropped = Promise.allSettled([given, last]);
  groups[0]?.finish();
  await first;
  await settle();
  expect(groups[1]?.requests).toEqual([3]);
  groups[1]?.finish();
  expect(await other).toBe(30);
  expect(await dropped).toMatchObject([
    { reason: { reason: 'DEADLINE_PASSED' } },
    { reason: { reason: 'DEADLINE_PASSED' } },
  ]);
  await settle();
  expect(groups).toHaveLength(2);
});

it('does not begin what nobody waits for as it comes, and goes on with what it has begun', async () => {
  const { groups, flush } = controlled();
  const commit = new GroupCommit(flush, options);
  await expect(commit.submit(1, () => false)).rejects.toMatchObject({ reason: 'DEADLINE_PASSED' });
  expect(groups).toHaveLength(0);
  let isAwaited = true;
  const begun = commit.submit(2, () => isAwaited);
  await settle();
  isAwaited = false;
  groups[0]?.finish();
  expect(await begun).toBe(20);
});

it('takes a flush that forgets a request for a failure, not for an answer', async () => {
  const commit = new GroupCommit<number, number>(() => Promise.resolve([]), options);
  await expect(commit.submit(1)).rejects.toThrow('1 requests were flushed, but 0 answered');
});
