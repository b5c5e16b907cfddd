import { array, assert, integer, property, uint8Array } from 'fast-check';
import { invalidUtf8At } from './utf8';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const character = integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code));

const isValid = (bytes: Uint8Array): boolean => {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
};

it.each<[string, number[], number | undefined]>([
  ['nothing', [], undefined],
  ['ASCII', [0x4a, 0x6f, 0x73], undefined],
  ['all lengths', [0x4a, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x8d, 0x95], undefined],
  ['Latin-1', [0x4a, 0x6f, 0x73, 0xe9], 3],
  ['Latin-1 before a letter', [0x4a, 0xe9, 0x73], 1],
  ['a sequence that ends too early', [0x4a, 0xe2, 0x82], 1],
  ['a continuation byte alone', [0x4a, 0x80], 1],
  ['an overlong slash', [0xc0, 0xaf], 0],
  ['an overlong euro sign', [0x4a, 0xf0, 0x82, 0x82, 0xac], 1],
  ['a surrogate', [0x4a, 0xed, 0xa0, 0x80], 1],
  ['a number above U+10FFFF', [0x4a, 0xf4, 0x90, 0x80, 0x80], 1],
  ['the byte order mark of UTF-16', [0xff, 0xfe, 0x7b, 0x00], 0],
])('finds the first byte that is not UTF-8 in %s', (_what, bytes, at) => {
  expect(invalidUtf8At(Uint8Array.from(bytes))).toBe(at);
});

it('agrees with TextDecoder: all before the offset is valid, and no longer part is', () => {
  const counts = { valid: 0, invalid: 0 };
  assert(
    property(array(character, { maxLength: 8 }), uint8Array({ maxLength: 3 }), (text, end) => {
      const bytes = Buffer.concat([Buffer.from(text.join('')), end]);
      const at = invalidUtf8At(bytes);
      counts[at === undefined ? 'valid' : 'invalid'] += 1;
      expect(at === undefined).toBe(isValid(bytes));
      if (at === undefined) return;
      expect(isValid(bytes.subarray(0, at))).toBe(true);
      for (let last = at + 1; last <= bytes.length; last += 1) {
        expect(isValid(bytes.subarray(0, last))).toBe(false);
      }
    }),
    { numRuns: 1_000 },
  );
  expect(Math.min(counts.valid, counts.invalid)).toBeGreaterThan(100);
});
