import { isUtf8 } from 'node:buffer';

/** Returns the offset of the first byte that is not UTF-8, or undefined. Overlong forms and surrogates are not. */
export const invalidUtf8At = (bytes: Uint8Array): number | undefined => {
  if (isUtf8(bytes)) return undefined;
  let at = 0;
  for (let length = 1; length > 0 && at < bytes.length; at += length) {
    length = sequenceLength(bytes, at);
  }
  return at;
};

/** First bytes of a sequence, and the range of its second byte. RFC 3629, section 4. */
const SEQUENCES: readonly (readonly [
  from: number,
  to: number,
  length: number,
  secondFrom: number,
  secondTo: number,
])[] = [
  [0xc2, 0xdf, 2, 0x80, 0xbf],
  [0xe0, 0xe0, 3, 0xa0, 0xbf],
  [0xe1, 0xec, 3, 0x80, 0xbf],
  [0xed, 0xed, 3, 0x80, 0x9f],
  [0xee, 0xef, 3, 0x80, 0xbf],
  [0xf0, 0xf0, 4, 0x90, 0xbf],
  [0xf1, 0xf3, 4, 0x80, 0xbf],
  [0xf4, 0xf4, 4, 0x80, 0x8f],
];

const isWithin = (byte: number | undefined, from: number, to: number): boolean =>
  byte !== undefined && byte >= from && byte <= to;

/** Returns the number of bytes of the character at an offset, or 0 if there is no valid one. */
const sequenceLength = (bytes: Uint8Array, at: number): number => {
  if (isWithin(bytes[at], 0, 0x7f)) return 1;
  const sequence = SEQUENCES.find(([from, to]) => isWithin(bytes[at], from, to));
  if (!sequence) return 0;
  const [, , length, secondFrom, secondTo] = sequence;
  if (!isWithin(bytes[at + 1], secondFrom, secondTo)) return 0;
  for (let index = at + 2; index < at + length; index += 1) {
    if (!isWithin(bytes[index], 0x80, 0xbf)) return 0;
  }
  return length;
};
