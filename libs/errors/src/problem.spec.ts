import { problemHeaders } from './problem';
import { ServiceError } from './service-error';

it.each([
  ['a 503 asks for a second', new ServiceError('OVERLOADED', 'too many'), '1'],
  [
    'an error with its own wait asks for that, in whole seconds',
    new ServiceError('RETRIED_RECENTLY', 'too soon', { retryAfterMs: 3_001 }),
    '4',
  ],
  ['any other error asks for none', new ServiceError('ORDER_NOT_FOUND', 'none'), undefined],
])('Retry-After: %s', (_what, error, seconds) => {
  expect(problemHeaders(error)['Retry-After']).toBe(seconds);
});
