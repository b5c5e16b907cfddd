import { setImmediate as turn } from 'node:timers/promises';
import { awaitPipelined } from './await-pipelined';

const failAfter = async (turns: number, message: string): Promise<never> => {
  for (let count = 0; count < turns; count += 1) await turn();
  throw new Error(message);
};

it('resolves with the result of each statement, in order', async () => {
  const [one, two] = await awaitPipelined([Promise.resolve(1), Promise.resolve('two')]);
  expect([one, two]).toEqual([1, 'two']);
});

it('rejects with the error of the first failed statement, not of the earliest', async () => {
  const statements = [
    Promise.resolve(),
    failAfter(3, 'cause'),
    failAfter(0, 'consequence'),
  ] as const;
  await expect(awaitPipelined(statements)).rejects.toThrow('cause');
});

it('waits for all statements before it rejects', async () => {
  let isDone = false;
  const last = turn().then(() => {
    isDone = true;
  });
  await expect(awaitPipelined([failAfter(0, 'cause'), last])).rejects.toThrow('cause');
  expect(isDone).toBe(true);
});
