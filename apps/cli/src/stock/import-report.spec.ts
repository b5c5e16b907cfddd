import { importJob } from './import-job';
import { type ImportEnd, isComplete, shortfallOf, summary } from './import-report';
import type { Tally } from './import-run';
import { LineReport } from './line-report';

const end = (tally: Partial<Tally>, wasStopped = false): ImportEnd => ({
  job: importJob(['my stock.csv', '--actor', "o'neil", '--address', 'db:9090']),
  importId: '0123456789abcdef',
  rows: 10,
  tally: {
    changed: 0,
    repeated: 0,
    refused: new LineReport(),
    mismatches: 0,
    unanswered: 0,
    failure: undefined,
    ...tally,
  },
  wasStopped,
});

it('is complete when every line is done, now or before', () => {
  expect(isComplete(end({ changed: 4, repeated: 6 }))).toBe(true);
  expect(isComplete(end({ changed: 4, repeated: 5 }))).toBe(false);
});

it('accounts for every line', () => {
  const refused = new LineReport();
  refused.add(3, 'burger: no');
  expect(summary(end({ changed: 10 }))).toBe('10 changed, 0 were there already');
  expect(summary(end({ changed: 4, repeated: 2, refused, unanswered: 1 }))).toBe(
    '4 changed, 2 were there already, 1 refused, 1 sent without an answer, 2 not sent',
  );
});

it('tells what is not done, and the command that completes it', () => {
  const refused = new LineReport();
  refused.add(3, 'burger: no');
  const text = shortfallOf(end({ changed: 9, refused }));
  expect(text).toContain('line 3: burger: no');
  expect(text).not.toContain('ADJUSTMENT_MISMATCH');
  expect(text).toContain(
    `npm run stock -- import 'my stock.csv' --id 0123456789abcdef ` +
      `--reason 'import my stock.csv' --actor 'o'\\''neil' --address db:9090`,
  );
});

it('tells what to do where lines were done before as something else', () => {
  expect(shortfallOf(end({ mismatches: 1 }))).toContain('need the --reason and --actor of that');
});

it('tells why it ended early', () => {
  expect(shortfallOf(end({ failure: 'Inventory is gone.' }))).toContain('Inventory is gone.');
  expect(shortfallOf(end({}, true))).toContain('Stopped as you asked.');
});
