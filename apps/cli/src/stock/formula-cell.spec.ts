import { escapeFormula, unescapeFormula } from './formula-cell';

it.each(['=1+1', '+1', '-1-2', '@SUM(A1)', '\t=1', '\r=1', "'=1", "''-1"])(
  'has an apostrophe before %j, which import takes back',
  (cell) => {
    expect(escapeFormula(cell)).toBe(`'${cell}`);
    expect(unescapeFormula(escapeFormula(cell))).toBe(cell);
  },
);

it.each(['', 'burger', '1-2', "'tis", "'", '5'])('does not change %j', (cell) => {
  expect(escapeFormula(cell)).toBe(cell);
  expect(unescapeFormula(cell)).toBe(cell);
});
