import { formatDialect, newDialect, readDeclaration, readDialect } from './csv-dialect';

describe('the separator', () => {
  it.each([
    ['sku,on_hand', ',', ['sku', 'on_hand']],
    ['sku;on_hand;;', ';', ['sku', 'on_hand']],
    ['SKU\tDelta\tReason', '\t', ['sku', 'delta', 'reason']],
    ['"sku";"on_hand"', ';', ['sku', 'on_hand']],
    [' Sku ; On Hand ;Reserved', ';', ['sku', 'on_hand', 'reserved']],
  ])('of %j is %j', (text, separator, columns) => {
    expect(readDialect(text)).toEqual({
      separator,
      header: expect.objectContaining({ columns }) as object,
    });
  });

  it('is not guessed if a header mixes two, and both readings are named', () => {
    const reading = readDialect('sku,on_hand;reason');
    expect(reading).toEqual({
      fault: expect.stringContaining(
        'with commas (,) its columns are "sku" "on_hand;reason"; ' +
          'with semicolons (;) its columns are "sku,on_hand" "reason"',
      ) as string,
    });
  });

  it('is not guessed if the header and the declaration differ', () => {
    expect(readDialect('sku,on_hand', ';')).toEqual({
      fault:
        'is separated by commas (,), but line 1 declares semicolons (;); correct or remove line 1',
    });
  });

  it.each([
    ['sku;units', 'has the unknown column "units", lacks the column on_hand or delta'],
    ['item\tcount', 'has the unknown column "item", has the unknown column "count", lacks'],
    ['sku;;on_hand', 'has no name for column 2'],
    ['sku,on_hand"', 'has a quote (") out of place'],
  ])('%j has the faults of its likeliest reading', (text, fault) => {
    expect(readDialect(text)).toEqual({ fault: expect.stringContaining(fault) as string });
  });
});

describe('a declaration', () => {
  it.each([
    ['sep=;', ';'],
    ['SEP=,', ','],
    ['sep=\t', '\t'],
    ['"sep=;"', ';'],
    ['sep=,;;', ','],
  ])('%j declares %j', (text, separator) => {
    expect(readDeclaration(text)).toEqual({ separator });
  });

  it.each(['sep=|', 'sep='])('%j names the separators that are accepted', (text) => {
    expect(readDeclaration(text)).toEqual({
      fault: expect.stringMatching(/^declares the separator .*use sep=, or sep=;/) as string,
    });
  });

  it('is no header', () => {
    expect(readDeclaration('sku,on_hand')).toBeUndefined();
  });
});

it('is stated completely', () => {
  expect(
    formatDialect({
      encoding: 'UTF-16 LE',
      hasByteOrderMark: true,
      lineEnds: new Set(['CRLF', 'LF']),
      separator: '\t',
      columns: ['sku', 'on_hand'],
    }),
  ).toBe(
    'UTF-16 LE with a byte order mark, fields separated by tabs, lines ended by CRLF and LF, columns sku on_hand',
  );
  expect(formatDialect(newDialect())).toBe('UTF-8');
});
