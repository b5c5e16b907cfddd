import { setImmediate as turn } from 'node:timers/promises';
import { awaitPipelined } from './await-pipelined';

const fail = async (message: string, turns: number): Promise<never> => {
  for (let count = 0; count < turns; count += 1) await turn();
  throw new Error(message);
};

it('gives what each statement gives, in their order', async () => {
  const [one, two] = await awaitPipelined([Promise.resolve(1), Promise.resolve('two')]);
  expect([one, two]).toEqual([1, 'two']);
});

it('fails as the first statement that failed, though others say so sooner', async () => {
  const statements = [Promise.resolve(), fail('cause', 3), fail('consequence', 0)] as const;
  await expect(awaitPipelined(statements)).rejects.toThrow('cause');
});

it('waits for all of them, whatever one says', async () => {
  let isDone = false;
  const last = turn().then(() => {
    isDone = true;
  });
  await expect(awaitPipelined([fail('cause', 0), last])).rejects.toThrow('cause');
  expect(isDone).toBe(true);
});
