import { invocationOf } from '../command-line/invocation';
import { importJob } from './import-job';
import {
  formatCounts,
  formatIncompleteImport,
  type ImportResult,
  isComplete,
} from './import-report';
import type { ImportCounts } from './import-run';
import { LineReport } from './line-report';

const result = (counts: Partial<ImportCounts>, wasInterrupted = false): ImportResult => ({
  job: { ...importJob('my stock.csv', { actor: "o'neil" }), address: 'db:9090' },
  importId: '0123456789abcdef',
  rows: 10,
  counts: {
    changed: 0,
    alreadyApplied: 0,
    rejected: new LineReport(),
    mismatches: 0,
    noResponse: 0,
    failure: undefined,
    ...counts,
  },
  wasInterrupted,
});

it('is complete when every line is applied, now or earlier', () => {
  expect(isComplete(result({ changed: 4, alreadyApplied: 6 }))).toBe(true);
  expect(isComplete(result({ changed: 4, alreadyApplied: 5 }))).toBe(false);
});

it('accounts for every line', () => {
  const rejected = new LineReport();
  rejected.add(3, 'burger: no');
  expect(formatCounts(result({ changed: 10 }))).toBe('10 changed, 0 already applied');
  expect(formatCounts(result({ changed: 4, alreadyApplied: 2, rejected, noResponse: 1 }))).toBe(
    '4 changed, 2 already applied, 1 rejected, 1 sent without a response, 2 not sent',
  );
});

it('names the lines that are not applied, and the command that completes the import', () => {
  const rejected = new LineReport();
  rejected.add(3, 'burger: no');
  const text = formatIncompleteImport(result({ changed: 9, rejected }));
  expect(text).toContain('line 3: burger: no');
  expect(text).not.toContain('ADJUSTMENT_MISMATCH');
  expect(text).toContain(
    `${invocationOf('stock', 'import')} 'my stock.csv' --id 0123456789abcdef ` +
      `--reason 'import my stock.csv' --actor 'o'\\''neil' --address db:9090`,
  );
});

it('states the remedy for lines that were applied with other values', () => {
  expect(formatIncompleteImport(result({ mismatches: 1 }))).toContain(
    'Repeat them with the\noriginal --reason and --actor',
  );
});

it('states why the import ended early', () => {
  expect(formatIncompleteImport(result({ failure: 'Calls failed.' }))).toContain('Calls failed.');
  expect(formatIncompleteImport(result({}, true))).toContain('The import was interrupted.');
});
