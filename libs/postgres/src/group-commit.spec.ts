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

const settle = () => new Promise((resolve) => setImmediate(resolve));
const options = { what: 'numbers', maxGroup: 3, maxWaiting: 5, maxWaitMs: 60_000 };

it('flushes a lone request at once', () => {
  const { groups, flush } = controlled();
  void new GroupCommit(flush, options).submit(1);
  expect(groups.map(({ requests }) => requests)).toEqual([[1]]);
});

it('lets those that come during a flush go together in the next, in order and within the bound', async () => {
  const { groups, flush } = controlled();
  const commit = new GroupCommit(flush, options);
  const results = Promise.all([1, 2, 3, 4, 5].map((request) => commit.submit(request)));
  expect(groups).toHaveLength(1);
  groups[0]?.finish();
  await settle();
  expect(groups[1]?.requests).toEqual([2, 3, 4]);
  groups[1]?.finish();
  await settle();
  expect(groups[2]?.requests).toEqual([5]);
  groups[2]?.finish();
  expect(await results).toEqual([10, 20, 30, 40, 50]);
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

it('fails every member of a group that fails, and goes on with the next', async () => {
  const { groups, flush } = controlled();
  const commit = new GroupCommit(flush, options);
  const first = commit.submit(1);
  const others = Promise.allSettled([commit.submit(2), commit.submit(3)]);
  groups[0]?.finish();
  await first;
  await settle();
  groups[1]?.fail(new Error('gone'));
  expect(await others).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
  const next = commit.submit(4);
  await settle();
  groups[2]?.finish();
  expect(await next).toBe(40);
});

it('refuses at once what would wait beyond the bound, and has room again afterwards', async () => {
  const { groups, flush } = controlled();
  const commit = new GroupCommit(flush, options);
  const accepted = [1, 2, 3, 4, 5, 6].map((request) => commit.submit(request));
  await expect(commit.submit(7)).rejects.toMatchObject({ reason: 'OVERLOADED' });
  groups[0]?.finish();
  await accepted[0];
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
  isAwaited = false;
  groups[0]?.finish();
  expect(await begun).toBe(20);
});

it('takes a flush that forgets a request for a failure, not for an answer', async () => {
  const commit = new GroupCommit<number, number>(() => Promise.resolve([]), options);
  await expect(commit.submit(1)).rejects.toThrow('1 requests were flushed, but 0 answered');
});
