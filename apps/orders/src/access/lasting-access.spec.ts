import type { IncomingMessage } from 'node:http';
import { credentialsInvalid, signingKeysUnavailable } from './access-errors';
import { setCheck, whenAccessEnds } from './lasting-access';

const check = jest.fn();
const end = jest.fn();
const request = { headers: { authorization: 'Bearer x' } } as IncomingMessage;

beforeEach(() => {
  jest.useFakeTimers();
  check.mockReset().mockResolvedValue(undefined);
  end.mockReset();
});

afterEach(() => jest.useRealTimers());

it('ends a response whose credentials are no longer valid', async () => {
  setCheck(request, check);
  const stop = whenAccessEnds(request, end);
  await jest.advanceTimersByTimeAsync(10_000);
  expect(check).toHaveBeenLastCalledWith('Bearer x');
  check.mockRejectedValue(signingKeysUnavailable());
  await jest.advanceTimersByTimeAsync(10_000);
  expect(end).not.toHaveBeenCalled();
  check.mockRejectedValue(credentialsInvalid('The token has expired.'));
  await jest.advanceTimersByTimeAsync(1_000);
  expect(end).toHaveBeenCalledTimes(1);
  stop();
  expect(jest.getTimerCount()).toBe(0);
});

it('checks nothing while authentication is off', () => {
  whenAccessEnds({ headers: {} } as IncomingMessage, end)();
  expect(jest.getTimerCount()).toBe(0);
});
