import { parseDeadline, parseIdempotencyKey } from './request-headers';

const fieldsOf = (parse: () => unknown): unknown => {
  try {
    return parse();
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
    expect(parseIdempotencyKey(header)).toBe(key);
  });

  it('is null without the header', () => {
    expect(parseIdempotencyKey(undefined)).toBeNull();
  });

  it.each(['', '""', '"', '"open', '"a","b"', 'x'.repeat(256), 'caf\u00e9', 'tab\tbed'])(
    'rejects %j and names the header',
    (header) => {
      expect(fieldsOf(() => parseIdempotencyKey(header))).toMatchObject([
        { field: 'Idempotency-Key' },
      ]);
    },
  );
});

describe('Request-Timeout-Ms', () => {
  const leftMs = (header?: string) => parseDeadline(header, 400).getTime() - Date.now();

  beforeEach(() => jest.useFakeTimers());

  afterEach(() => jest.useRealTimers());

  it('shortens the configured timeout and never extends it', () => {
    expect(leftMs()).toBe(400);
    expect(leftMs('100')).toBe(100);
    expect(leftMs(' 60000 ')).toBe(400);
  });

  it.each(['', '0', '-1', '1.5', '1e3', '60001', '999999', 'soon', '0x10'])(
    'rejects %j and names the header',
    (header) => {
      expect(fieldsOf(() => leftMs(header))).toMatchObject([{ field: 'Request-Timeout-Ms' }]);
    },
  );
});
