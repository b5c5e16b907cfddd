import { array, assert, constantFrom, integer, oneof, property } from 'fast-check';
import { startCpuTimer } from '../../../test/harness/cpu-time';
import { hasTooManyMarks, isLongerThan, normalizedText } from './text';

const MAX = 500;

it.each([
  ['an accent', 'Jose\u0301', 'Jos\u00e9'],
  ['several marks, in either order', 'o\u0302\u0323', '\u1ed9'],
  ['Hangul', '\u1112\u1161\u11ab', '\ud55c'],
  ['a sign that is a letter', '\u212b', '\u00c5'],
])('composes %s', (_what, decomposed, composed) => {
  expect(normalizedText(decomposed, MAX)).toBe(composed);
  expect(normalizedText(composed, MAX)).toBe(composed);
});

it.each([
  ['cases', 'jos\u00e9', 'Jos\u00e9'],
  ['accents', 'Jos\u00e9', 'Jos\u00e8'],
  ['widths', 'a', '\uff41'],
  ['ligatures', 'fi', '\ufb01'],
  ['digits in circles', '1', '\u2460'],
  ['alphabets', 'a', '\u0430'],
  ['Turkish letters', 'i', '\u0131'],
  ['German letters', 'ss', '\u00df'],
  ['spaces', ' ', '\u00a0'],
])('keeps %s apart', (_what, one, other) => {
  expect(normalizedText(one, MAX)).not.toBe(normalizedText(other, MAX));
});

const codePoint = oneof(
  constantFrom(0x61, 0x6f, 0x301, 0x302, 0x323, 0x327, 0x1161, 0x1112),
  integer({ min: 0, max: 0x10ffff }),
);

it('is NFC for every text within the limits', () => {
  assert(
    property(array(codePoint, { maxLength: 20 }), (codePoints) => {
      const text = String.fromCodePoint(...codePoints);
      expect(normalizedText(text, MAX)).toBe(text.normalize('NFC'));
    }),
  );
});

it('counts code points', () => {
  expect(isLongerThan('\u{1F355}'.repeat(MAX), MAX)).toBe(false);
  expect(isLongerThan('\u{1F355}'.repeat(MAX + 1), MAX)).toBe(true);
  expect(isLongerThan('a'.repeat(MAX + 1), MAX)).toBe(true);
});

it('accepts 30 combining marks in a row, and no more', () => {
  expect(hasTooManyMarks(`a${'\u0301'.repeat(30)}b\u0301`)).toBe(false);
  expect(hasTooManyMarks(`a${'\u0301\u0327'.repeat(16)}`)).toBe(true);
});

it.each([
  ['marks', `a${'\u0301\u0327'.repeat(50_000)}`],
  ['the longest text that may be valid', `a${'\u0301\u0327'.repeat(15)}`.repeat(129)],
])('takes little time for %s', (_what, text) => {
  const cpuMs = startCpuTimer();
  normalizedText(text, MAX);
  hasTooManyMarks(text);
  expect(cpuMs()).toBeLessThan(100);
});

it('leaves what is not text', () => {
  for (const value of [undefined, null, 7, ['e\u0301']])
    expect(normalizedText(value, MAX)).toBe(value);
});
