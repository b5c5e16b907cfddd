import { array, assert, constantFrom, jsonValue, property, tuple, nat } from 'fast-check';
import { startCpuTimer } from '../../../../test/harness/cpu-time';
import { jsonFaultOf } from './json-fault';

it.each<[text: string, line: number, column: number, expected: string]>([
  ['{"a":1,}', 1, 8, 'a field name in double quotes'],
  ['{a:1}', 1, 2, 'a field name in double quotes or }'],
  ["{'a':1}", 1, 2, 'a field name in double quotes or }'],
  ['{"a" 1}', 1, 6, 'a colon'],
  ['{"a":}', 1, 6, 'a value'],
  ['{"a":NaN}', 1, 6, 'a value'],
  ['{"a":tru}', 1, 6, 'a value'],
  ['{"a":01}', 1, 7, 'a comma or }'],
  ['{"a":1. }', 1, 7, 'a comma or }'],
  ['{"a":1 "b":2}', 1, 8, 'a comma or }'],
  ['{"a":[1 2]}', 1, 9, 'a comma or ]'],
  ['{"a":[,]}', 1, 7, 'a value or ]'],
  ['{"a":[1,]}', 1, 9, 'a value'],
  ['{"a":"b', 1, 8, 'a double quote'],
  ['{"a":"\\x"}', 1, 7, 'a valid escape'],
  ['{"a":"\\u12"}', 1, 7, 'a valid escape'],
  ['{"a":"x\ty"}', 1, 8, 'an escaped control character'],
  ['{"a":1}}', 1, 8, 'the end'],
  ['{"a":1', 1, 7, 'a comma or }'],
  ['', 1, 1, 'a value'],
  ['{\n  "a": 1,\n  "b" 2\n}', 3, 7, 'a colon'],
  ['{\r\n"a":1\r"b":2}', 3, 1, 'a comma or }'],
  ['{"\u{1F355}":\u{1F355}}', 1, 6, 'a value'],
])(
  '%j stops being JSON in line %i, column %i, where %s is expected',
  (text, line, column, expected) => {
    expect(jsonFaultOf(text)).toEqual({ line, column, expected });
  },
);

it('finds a fault in exactly the texts that JSON.parse rejects', () => {
  const piece = constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    '"a"',
    '1',
    '-',
    '.',
    'e',
    'null',
    ' ',
    '\u0001',
  );
  const counts = { valid: 0, invalid: 0 };
  const edits = array(tuple(nat(40), nat(1), piece), { maxLength: 2 });
  assert(
    property(jsonValue({ maxDepth: 3 }), edits, (value, changes) => {
      const text = changes.reduce(
        (before, [at, drop, added]) => before.slice(0, at) + added + before.slice(at + drop),
        JSON.stringify(value, undefined, changes.length),
      );
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      counts[isJson ? 'valid' : 'invalid'] += 1;
      expect(jsonFaultOf(text) === undefined).toBe(isJson);
    }),
    { numRuns: 5_000 },
  );
  expect(Math.min(counts.valid, counts.invalid)).toBeGreaterThan(500);
});

it.each([
  ['nested', '['.repeat(102_400)],
  ['text', `"${'a'.repeat(102_400)}`],
  ['escapes', `"${'\\n'.repeat(51_200)}`],
  ['digits', `${'1'.repeat(102_400)}x`],
  ['lines', `${'\n'.repeat(102_400)}x`],
])('needs no stack and little time for 100 kB of %s', (_what, text) => {
  const cpuMs = startCpuTimer();
  expect(jsonFaultOf(text)).toBeDefined();
  expect(cpuMs()).toBeLessThan(200);
});
