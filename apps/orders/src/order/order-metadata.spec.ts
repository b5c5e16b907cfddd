import { metadataFaults, storedMetadata } from './order-metadata';

const KEY_FAULT = 'must have a key of 1 to 40 characters out of A-Z a-z 0-9 . _ -';

const texts = (count: number, length: number, letter = 'x'): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: count }, (_each, nth) => [`key-${nth}`, letter.repeat(length)]),
  );

/** Returns metadata with so many bytes, most of them in letters of two bytes that are sent as three. */
const withBytes = (bytes: number) => ({
  ...texts(8, 500, 'e\u0301'),
  rest: 'x'.repeat(bytes - 8 * (5 + 500 * 2) - 4),
});

it.each<[string, unknown]>([
  ['no metadata', undefined],
  ['null', null],
  ['no keys', {}],
  ['every allowed character', { 'aZ09._-': 'any text, \u{1F355}\n' }],
  ['the longest key', { ['k'.repeat(40)]: 'x' }],
  ['an empty text', { color: '' }],
  ['names that every object has', { toString: 'a', hasOwnProperty: 'b', valueOf: 'c' }],
  ['500 characters that are two UTF-16 units each', { color: '\u{1F355}'.repeat(500) }],
  ['500 characters of which each is sent as two', { color: 'e\u0301'.repeat(500) }],
  ['as many keys as allowed', texts(16, 1)],
  ['as many bytes as allowed, once they are composed', withBytes(8_192)],
])('accepts %s', (_what, metadata) => {
  expect(metadataFaults(metadata)).toEqual([]);
});

it.each<[string, unknown, string]>([
  ['text', 'red', 'must be an object of texts, such as {"color": "red"}'],
  ['a list', [], 'must be an object of texts, such as {"color": "red"}'],
  ['17 keys', texts(17, 1), 'must have at most 16 keys, not 17'],
  ['an empty key', { '': 'x' }, 'must not have an empty key'],
  ['too many bytes', withBytes(8_193), 'must have at most 8192 bytes in all, not 8193'],
])('rejects %s as a whole', (_what, metadata, fault) => {
  expect(metadataFaults(metadata)).toEqual([{ field: 'metadata', fault }]);
});

it.each<[string, unknown, string]>([
  ['a number', 7, 'must be text, not a number; put it in quotes'],
  ['a boolean', true, 'must be text, not a boolean; put it in quotes'],
  ['null', null, 'must be text, not null; leave the key out'],
  ['a list', ['red'], 'must be text, not a list; write it as text'],
  ['an object', { name: 'red' }, 'must be text, not an object; write it as text'],
  ['501 characters', 'x'.repeat(501), 'must be at most 500 characters long'],
  ['a NUL', 'a\0b', 'must not contain a NUL character'],
  ['a lone surrogate', '\ud800', 'must be well-formed Unicode (it has a lone surrogate)'],
  [
    '31 combining marks',
    `a${'\u0301'.repeat(31)}`,
    'must not have more than 30 combining marks in a row',
  ],
])('rejects a value that is %s', (_what, value, fault) => {
  expect(metadataFaults({ size: 'L', color: value })).toEqual([{ field: 'metadata.color', fault }]);
});

it.each([
  ['a blank', 'my color', 'metadata.my color'],
  ['an accent', 'gr\u00f6\u00dfe', 'metadata.gr\u00f6\u00dfe'],
  ['41 characters', 'k'.repeat(41), `metadata.${'k'.repeat(40)}\u2026`],
  ['a line feed at its end', 'color\n', 'metadata.color\n'],
])('rejects a key with %s', (_what, key, field) => {
  expect(metadataFaults({ [key]: 'x', size: 'L' })).toEqual([{ field, fault: KEY_FAULT }]);
});

it('names each faulty entry', () => {
  const faults = metadataFaults({ color: 7, size: 'L', '12': false });
  expect(faults.map(({ field }) => field).sort()).toEqual(['metadata.12', 'metadata.color']);
});

it('looks at no entry of too many', () => {
  const marks = 'a\u0301\u0327'.repeat(50_000);
  const begin = process.cpuUsage();
  for (let round = 0; round < 100; round += 1) {
    const many = Object.fromEntries(
      Array.from({ length: 500 }, (_each, nth) => [`\u00e9${nth}`, marks]),
    );
    expect(metadataFaults(many)).toHaveLength(1);
  }
  expect(process.cpuUsage(begin).user / 1_000).toBeLessThan(500);
});

it('is stored in normalization form C, and as nothing without keys', () => {
  expect(storedMetadata({ name: 'cafe\u0301', empty: '' })).toEqual({
    name: 'caf\u00e9',
    empty: '',
  });
  for (const none of [undefined, null, {}]) expect(storedMetadata(none)).toBeNull();
});
