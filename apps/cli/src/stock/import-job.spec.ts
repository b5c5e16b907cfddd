import { LIMITS } from '@app/contracts';
import { idOfContent, importJob, requestFor } from './import-job';
import type { ImportRow } from './import-row';

const given = (...args: string[]) => importJob(['stock.csv', '--actor', 'ann', ...args]);

it('needs no more than a file', () => {
  expect(importJob(['dir/stock.csv', '--address', 'db:9090'])).toEqual({
    file: 'dir/stock.csv',
    address: 'db:9090',
    id: undefined,
    reason: 'import stock.csv',
    actor: expect.stringMatching(/./) as string,
    dryRun: false,
    retryForMs: 60_000,
  });
});

it('takes what is given instead', () => {
  const job = given('--id', 'w-48', '--reason', 'count', '--dry-run', '--retry-for', '5');
  expect(job).toMatchObject({
    id: 'w-48',
    reason: 'count',
    actor: 'ann',
    dryRun: true,
    retryForMs: 5_000,
  });
});

it.each([
  [['--id', ''], '--id must be'],
  [['--id', 'a:b'], '--id must be'],
  [['--id', 'x'.repeat(57)], '--id must be'],
  [['--reason', ''], '--reason is required'],
  [['--reason', 'x'.repeat(201)], '--reason must be at most 200'],
  [['--actor', 'x'.repeat(101)], '--actor must be at most 100'],
  [['--retry-for', '3601'], '--retry-for must be 0 to 3600'],
  [['--retry-for', 'long'], '--retry-for must be 0 to 3600'],
  [['--address', 'localhost'], '--address must be HOST:PORT'],
  [['another.csv'], 'Name one file'],
  [['--nonsense'], "Unknown option '--nonsense'"],
  [['--id'], "'--id <value>' argument missing"],
])('refuses %j and says how it is meant', (args, fault) => {
  expect(() => given(...args)).toThrow(fault);
  expect(() => given(...args)).toThrow('Usage: npm run stock -- import');
});

const row: ImportRow = {
  lineNumber: 2,
  sku: 'burger',
  change: { setOnHand: 5 },
  reason: undefined,
  faults: [],
};

it('makes one adjustment id for a SKU of an import', () => {
  expect(requestFor(row, 'w-48', given())).toEqual({
    adjustmentId: 'import:w-48:burger',
    sku: 'burger',
    setOnHand: 5,
    reason: 'import stock.csv',
    actor: 'ann',
    allowShortfall: false,
  });
  expect(requestFor({ ...row, reason: 'found' }, 'w-48', given()).reason).toBe('found');
});

it('makes ids that Inventory takes, even of the longest SKU and the longest id', () => {
  const longest = { ...row, sku: 's'.repeat(64) };
  const { adjustmentId } = requestFor(longest, 'i'.repeat(56), given());
  expect(adjustmentId).toMatch(LIMITS.adjustmentId);
  expect(idOfContent('0123456789abcdef0123')).toBe('0123456789abcdef');
});
