import { acceptTimeout } from './call-timeout';

it.each(['0n', '1u', '99999999m', '250m', '30S', '2M', '1H'])('%s is kept', (timeout) => {
  const headers = { 'grpc-timeout': timeout };
  expect(acceptTimeout(headers)).toBe(true);
  expect(headers).toEqual({ 'grpc-timeout': timeout });
});

it('a call without a timeout is accepted', () => {
  expect(acceptTimeout({})).toBe(true);
});

it.each(['99999999S', '40000M', '597H', '99999999H'])(
  '%s is longer than a timer, and becomes the longest one',
  (timeout) => {
    const headers = { 'grpc-timeout': timeout };
    expect(acceptTimeout(headers)).toBe(true);
    expect(headers).toEqual({ 'grpc-timeout': '2147483S' });
  },
);

it.each(['', 'soon', '-1S', '1', 'S', '1.5S', '123456789S', '1S ', '1 S', '1s', '1S, 2S'])(
  '"%s" is rejected',
  (timeout) => {
    expect(acceptTimeout({ 'grpc-timeout': timeout })).toBe(false);
  },
);
