import type { ArgumentsHost } from '@nestjs/common';
import { ServiceError } from '@app/errors';
import type { Admission } from './admission';
import { overloaded } from './http-errors';
import { RejectionFilter } from './rejection.filter';

const pauseRejected = jest.fn();
const filter = new RejectionFilter({ pauseRejected } as unknown as Admission);

/** Answers an error of the handler of a request. */
const answer = (error: Error, method: string, url: string): void => {
  const request = { method, url, originalUrl: url, headers: {} };
  const response = { status: () => response, set: () => response, send: jest.fn() };
  const http = { getRequest: () => request, getResponse: () => response };
  filter.catch(error, { switchToHttp: () => http } as unknown as ArgumentsHost);
};

afterEach(() => pauseRejected.mockClear());

it.each([
  ['an overload', overloaded(), 'POST', '/v1/orders', 1],
  ['an overload of reads', overloaded(), 'GET', '/v1/orders', 1],
  ['a stream without a place', overloaded(), 'GET', '/v1/stock-events?skus=fries', 0],
  [
    'another error',
    ServiceError.invalid([{ field: 'id', fault: 'is odd' }]),
    'GET',
    '/v1/orders',
    0,
  ],
])('pauses the client of %s or not', (_what, error, method, url, times) => {
  answer(error, method, url);
  expect(pauseRejected).toHaveBeenCalledTimes(times);
});
