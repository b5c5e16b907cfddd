import { times } from '../../../../test/harness/wait';
import { progressLines } from './progress';

const linesOf = (total: number): string[] => {
  const lines: string[] = [];
  const progress = progressLines(total, (line) => lines.push(line));
  times(total, () => progress.advance());
  return lines;
};

it('writes a line for every tenth', () => {
  expect(linesOf(3_000)).toHaveLength(10);
  expect(linesOf(3_000)[0]).toBe('300 of 3000 lines (10 %)');
  expect(linesOf(3_000)[9]).toBe('3000 of 3000 lines (100 %)');
});

it('writes no more lines than the task has', () => {
  expect(linesOf(3)).toEqual([
    '1 of 3 lines (30 %)',
    '2 of 3 lines (60 %)',
    '3 of 3 lines (100 %)',
  ]);
});
