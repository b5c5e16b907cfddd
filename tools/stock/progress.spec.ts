import { times } from '../../test/harness/wait';
import { plainLines } from './progress';

const said = (total: number): string[] => {
  const lines: string[] = [];
  const progress = plainLines(total, (line) => lines.push(line));
  times(total, () => progress.advance());
  return lines;
};

it('says a line for every tenth', () => {
  expect(said(3_000)).toHaveLength(10);
  expect(said(3_000)[0]).toBe('300 of 3000 lines (10 %)');
  expect(said(3_000)[9]).toBe('3000 of 3000 lines (100 %)');
});

it('says no more lines than there are', () => {
  expect(said(3)).toEqual(['1 of 3 lines (30 %)', '2 of 3 lines (60 %)', '3 of 3 lines (100 %)']);
});
