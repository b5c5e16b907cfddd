import { formatVerdict } from './report';
import { Violations } from './violations';

it('ends with PASS without a violation', () => {
  expect(formatVerdict(new Violations())).toBe('PASS: no violations.');
});

it('ends with FAIL and the number of violations by kind', () => {
  const violations = new Violations();
  violations.add('lost', 'order 1 is missing');
  expect(formatVerdict(violations)).toBe('FAIL: 1 violation (lost 1).');
  violations.add('oversold', 'burger');
  violations.add('lost', 'order 2 is missing');
  expect(formatVerdict(violations)).toBe('FAIL: 3 violations (lost 2, oversold 1).');
});
