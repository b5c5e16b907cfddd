import fc from 'fast-check';

const repeated = (text: string, count: number): string => text.repeat(count);

/** Texts that programs often get wrong. */
const ODD_TEXTS = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  'a\udfff',
  'e\u0301',
  '\u00e9',
  '\u202eabc',
  '\ufeffabc',
  '\u2028',
  '\u200b',
  '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
  '\u0130',
  'ß',
  '\r\n',
  '\t',
  '\u007f',
  '\u0085',
  '%',
  '%00',
  '\\',
  '"',
  "'",
  "' or 1=1 --",
  '${x}',
  '{{x}}',
  '<b>',
  '../..',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'undefined',
  'NaN',
  'true',
  '-1',
  '0x10',
  '1e400',
  '1_000',
  '٣',
  ',',
  'burger,pizza',
  `a${repeated('\u0301', 40)}`,
  repeated('x', 65),
  repeated('x', 129),
  repeated('\u{1f600}', 128),
  repeated('é', 501),
  repeated('x', 4_000),
] as const;

/** Text of every kind: edge cases, and any code points. */
export const oddText = (): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...ODD_TEXTS) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
  );

export const oddNumber = (): fc.Arbitrary<number> =>
  fc.oneof(
    fc.constantFrom(0, -0, -1, 1, 0.5, 1e-320, 1.0000001, 100, 101, 1_000_001, 100_000_001),
    fc.constantFrom(2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 32 + 1, 2 ** 53, 2 ** 63, 1e308, -1e308),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  );

const nested = (depth: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = level % 2 ? [value] : { a: value };
  return value;
};

/** A JSON value of any type and shape. */
export const oddJson = (): fc.Arbitrary<unknown> =>
  fc.oneof(
    fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null], { '': null }),
    oddText(),
    oddNumber(),
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom(3, 40).map(nested),
    fc.constantFrom(17, 101).map((length) => Array.from({ length }, (_, index) => index)),
  );
