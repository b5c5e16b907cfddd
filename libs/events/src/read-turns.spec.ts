import { ReadTurns } from './read-turns';

it('runs a few reads at a time, and one of each caller in turn', async () => {
  const turns = new ReadTurns(2);
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const read = (caller: string, name: string) =>
    turns.run(caller, () => {
      begun.push(name);
      return new Promise<void>((resolve) => ends.push(resolve));
    });
  const reads = [1, 2, 3, 4, 5].map((nth) => read('many', `many ${nth}`));
  reads.push(read('one', 'one 1'), read('two', 'two 1'));
  await Promise.resolve();
  expect(begun).toEqual(['many 1', 'many 2']);
  while (ends.length > 0) {
    ends.shift()?.();
    await new Promise(setImmediate);
  }
  await Promise.all(reads);
  const inTurns = ['many 1', 'many 2', 'many 3', 'one 1', 'two 1', 'many 4', 'many 5'];
  expect(begun).toEqual(inTurns);
});

it('passes a place on when a read fails', async () => {
  const turns = new ReadTurns(1);
  const failing = turns.run('a', () => Promise.reject(new Error('failed')));
  const next = turns.run('a', () => Promise.resolve('done'));
  await expect(failing).rejects.toThrow('failed');
  expect(await next).toBe('done');
});
