import { deadlineOf, idempotencyKeyOf } from './request-headers';

const fieldsOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return (error as { fields: unknown }).fields;
  }
};

describe('Idempotency-Key', () => {
  it.each([
    ['k-1', 'k-1'],
    ['"k-1"', 'k-1'],
    [' k-1 ', 'k-1'],
    ['two words', 'two words'],
    ['"two words"', 'two words'],
    ['in"side', 'in"side'],
    ['x'.repeat(255), 'x'.repeat(255)],
  ])('%j is the key %j', (header, key) => {
    expect(idempotencyKeyOf(header)).toBe(key);
  });

  it('that is not there is no key', () => {
    expect(idempotencyKeyOf(undefined)).toBeNull();
  });

  it.each(['', '""', '"', '"open', '"a","b"', 'x'.repeat(256), 'caf\u00e9', 'tab\tbed'])(
    '%j is refused, and the header named',
    (header) => {
      expect(fieldsOf(() => idempotencyKeyOf(header))).toMatchObject([
        { field: 'Idempotency-Key' },
      ]);
    },
  );
});

describe('Request-Timeout-Ms', () => {
  const leftMs = (header?: string) => deadlineOf(header, 400).getTime() - Date.now();

  it('is what was configured where there is none, or less where it says so, and never more', () => {
    expect(Math.abs(leftMs() - 400)).toBeLessThan(50);
    expect(Math.abs(leftMs('100') - 100)).toBeLessThan(50);
    expect(Math.abs(leftMs(' 60000 ') - 400)).toBeLessThan(50);
  });

  it.each(['', '0', '-1', '1.5', '1e3', '60001', '999999', 'soon', '0x10'])(
    '%j is refused, and the header named',
    (header) => {
      expect(fieldsOf(() => leftMs(header))).toMatchObject([{ field: 'Request-Timeout-Ms' }]);
    },
  );
});
