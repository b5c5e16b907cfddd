import { measured } from '../test/harness/figures';
import { besideTable } from './beside';

it('puts the figures of a scenario beside each other, also one that only one version has', () => {
  const results = new Map([
    [
      '24',
      [{ scenario: 'idle', figures: [measured('memory', '90 MB'), measured('start', '1 s')] }],
    ],
    ['20', [{ scenario: 'idle', figures: [measured('memory', '96 MB')] }]],
  ]);
  const rows = besideTable(results).split('\n');
  expect(rows[0]).toBe('| Figure | Node 24 | Node 20 |');
  expect(rows.slice(2)).toEqual([
    '| `idle`: memory | 90 MB | 96 MB |',
    '| `idle`: start | 1 s |  |',
  ]);
});
