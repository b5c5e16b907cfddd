import { times } from '../../../../test/harness/wait';
import { forEachBounded } from './bounded';

async function* numbers(count: number) {
  for (const number of times(count, (index) => index)) yield await Promise.resolve(number);
}

it.each([0, 1, 3, 10])('does the work once for each of %i items', async (count) => {
  const done: number[] = [];
  await forEachBounded(numbers(count), 3, async (item) => {
    await Promise.resolve();
    done.push(item);
  });
  expect(done.sort((a, b) => a - b)).toEqual(times(count, (index) => index));
});

it('waits for the work in flight before it rejects', async () => {
  let finish: () => void = () => undefined;
  const slow = new Promise<void>((resolve) => (finish = resolve));
  let ended = false;
  const running = forEachBounded(numbers(2), 2, (item) =>
    item === 0 ? slow : Promise.reject(new Error('no')),
  ).finally(() => (ended = true));
  running.catch(() => undefined);
  await new Promise(setImmediate);
  expect(ended).toBe(false);
  finish();
  await expect(running).rejects.toThrow('no');
});
