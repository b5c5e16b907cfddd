import { LIMITS } from '@app/contracts';
import { idOfContent, importJob, type ImportOptions, requestFor } from './import-job';
import type { ImportRow } from './import-row';

const jobWith = (options: ImportOptions = {}) =>
  importJob('stock.csv', { actor: 'ann', ...options });

it('needs only a file', () => {
  expect(importJob('dir/stock.csv', {})).toEqual({
    file: 'dir/stock.csv',
    address: undefined,
    id: undefined,
    reason: 'import stock.csv',
    actor: expect.stringMatching(/./) as string,
    dryRun: false,
    retryForMs: 60_000,
  });
});

it('uses the options', () => {
  const options = { id: 'w-48', reason: 'count', dryRun: true, retryFor: '5', address: 'db:9090' };
  expect(jobWith(options)).toMatchObject({
    address: 'db:9090',
    id: 'w-48',
    reason: 'count',
    actor: 'ann',
    dryRun: true,
    retryForMs: 5_000,
  });
});

it.each([
  [{ id: '' }, '--id must be'],
  [{ id: 'a:b' }, '--id must be'],
  [{ id: 'x'.repeat(57) }, '--id must be'],
  [{ reason: '' }, '--reason is required'],
  [{ reason: 'x'.repeat(201) }, '--reason must be at most 200'],
  [{ actor: 'x'.repeat(101) }, '--actor must be at most 100'],
  [{ retryFor: '3601' }, '--retry-for must be 0 to 3600'],
  [{ retryFor: 'long' }, '--retry-for must be 0 to 3600'],
])('rejects %j', (options, fault) => {
  expect(() => jobWith(options)).toThrow(fault);
});

const row: ImportRow = {
  lineNumber: 2,
  sku: 'burger',
  change: { setOnHand: 5 },
  reason: undefined,
  faults: [],
};

it('has one adjustment id per SKU of an import', () => {
  expect(requestFor(row, 'w-48', jobWith())).toEqual({
    adjustmentId: 'import:w-48:burger',
    sku: 'burger',
    setOnHand: 5,
    reason: 'import stock.csv',
    actor: 'ann',
    allowShortfall: false,
  });
  expect(requestFor({ ...row, reason: 'found' }, 'w-48', jobWith()).reason).toBe('found');
});

it('has ids that Inventory accepts, even with the longest SKU and import id', () => {
  const longest = { ...row, sku: 's'.repeat(64) };
  const { adjustmentId } = requestFor(longest, 'i'.repeat(56), jobWith());
  expect(adjustmentId).toMatch(LIMITS.adjustmentId);
  expect(idOfContent('0123456789abcdef0123')).toBe('0123456789abcdef');
});
