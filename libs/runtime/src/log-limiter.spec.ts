import { LogLimiter } from './log-limiter';

const lines = (limiter: LogLimiter, count: number, kind: string, atMs: number) =>
  Array.from({ length: count }, () => limiter.admit(kind, atMs));

const written = (admitted: readonly (number | undefined)[]) =>
  admitted.filter((each) => each !== undefined).length;

it('writes the first five lines of a kind, and the others of other kinds', () => {
  const limiter = new LogLimiter();
  expect(written(lines(limiter, 100, 'a', 0))).toBe(5);
  expect(written(lines(limiter, 100, 'b', 0))).toBe(5);
});

it('writes again after 30 seconds, with the number of lines that are missing', () => {
  const limiter = new LogLimiter();
  lines(limiter, 25, 'a', 0);
  expect(limiter.admit('a', 29_999)).toBeUndefined();
  expect(limiter.admit('a', 30_000)).toBe(21);
  expect(limiter.admit('a', 30_000)).toBe(0);
});

it('remembers a bounded number of kinds', () => {
  const limiter = new LogLimiter();
  for (let kind = 0; kind < 100_000; kind += 1) limiter.admit(`kind ${kind}`, 0);
  const { size } = (limiter as unknown as { kinds: Map<string, unknown> }).kinds;
  expect(size).toBeLessThanOrEqual(1_000);
});
