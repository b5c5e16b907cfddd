import {
  currentRequestId,
  currentSubject,
  decodedSubject,
  encodedSubject,
  requestOf,
  runForRequest,
} from './request-context';

const seen = () => [currentRequestId(), currentSubject()];

it('knows the request and the subject that the running code works for, and neither outside', async () => {
  const later = async () => {
    await Promise.resolve();
    return seen();
  };
  expect(await runForRequest(requestOf('r-1', 'ann'), later)).toEqual(['r-1', 'ann']);
  expect(await runForRequest(requestOf('r-1', undefined), later)).toEqual(['r-1', undefined]);
  expect(runForRequest(requestOf(undefined, 'ann'), seen)).toEqual([undefined, 'ann']);
  expect(seen()).toEqual([undefined, undefined]);
});

it.each(['ann', 'José', 'a b', '100%', '日本', 'x'.repeat(128), '日'.repeat(128)])(
  'the subject %s survives metadata',
  (subject) => {
    const encoded = encodedSubject(subject) ?? '';
    expect(encoded).toMatch(/^[\x21-\x7e]+$/);
    expect(decodedSubject(encoded)).toBe(subject);
  },
);

it.each(['x'.repeat(128), '\u{1f355}'.repeat(128)])('carries the subject %s', (subject) => {
  expect(decodedSubject(encodedSubject(subject))).toBe(subject);
});

it.each(['', 'x'.repeat(129), 'a\nb', 'a\u0000', 'a\u2028b', 'a\u202eb', '\ud800'])(
  'the subject %j is not sent',
  (subject) => {
    expect(encodedSubject(subject)).toBeUndefined();
  },
);

it.each([undefined, 1, Buffer.from('ann'), '', '%', '%E0%A4%A', 'a%0Ab', 'x'.repeat(2_000)])(
  'the metadata %j is no subject',
  (encoded) => {
    expect(decodedSubject(encoded)).toBeUndefined();
  },
);
