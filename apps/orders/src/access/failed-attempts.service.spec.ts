import { Limiters } from '../limits/limiters.service';
import { credentialsInvalid, signingKeysUnavailable } from './access-errors';
import { FailedAttempts } from './failed-attempts.service';

const attemptsOf = (max: number): FailedAttempts => new FailedAttempts(new Limiters(), max);

const wrong = jest.fn(() => Promise.reject(credentialsInvalid('The token is wrong.')));
const right = jest.fn(() => Promise.resolve('ann'));

beforeEach(() => jest.clearAllMocks());

/** Verifies credentials, and returns the result or the reason of the error. */
const attempt = (
  attempts: FailedAttempts,
  network: string,
  verify: () => Promise<string>,
): Promise<string> =>
  attempts.verify(network, verify).catch((error: unknown) => (error as { reason: string }).reason);

const outcomes = (attempts: FailedAttempts, verify: () => Promise<string>, count: number) =>
  Promise.all(Array.from({ length: count }, () => attempt(attempts, 'a', verify)));

it('lets a network wait once it has used up its attempts, and no other', async () => {
  const attempts = attemptsOf(3);
  for (let nth = 1; nth <= 3; nth += 1)
    expect(await attempt(attempts, 'a', wrong)).toBe('UNAUTHENTICATED');
  await expect(attempts.verify('a', right)).rejects.toMatchObject({
    reason: 'RATE_LIMITED',
    retryAfterMs: expect.any(Number) as number,
  });
  expect(right).not.toHaveBeenCalled();
  expect(await attempt(attempts, 'b', right)).toBe('ann');
});

it('verifies no more than the limit of a burst of wrong ones', async () => {
  const found = await outcomes(attemptsOf(3), wrong, 50);
  expect(found.filter((each) => each === 'UNAUTHENTICATED')).toHaveLength(3);
  expect(found.filter((each) => each === 'RATE_LIMITED')).toHaveLength(47);
  expect(wrong).toHaveBeenCalledTimes(3);
});

it('verifies all of a burst of right ones', async () => {
  const found = await outcomes(attemptsOf(3), right, 50);
  expect(found).toEqual(Array(50).fill('ann'));
});

it('verifies the right ones among a burst of wrong ones, up to the limit of those', async () => {
  const attempts = attemptsOf(3);
  const found = await Promise.all(
    [right, wrong, right, right, wrong, right].map((verify) => attempt(attempts, 'a', verify)),
  );
  expect(found).toEqual(['ann', 'UNAUTHENTICATED', 'ann', 'ann', 'UNAUTHENTICATED', 'ann']);
});

it('does not count what could not be verified', async () => {
  const attempts = attemptsOf(1);
  const outage = () => Promise.reject(signingKeysUnavailable());
  expect(await outcomes(attempts, outage, 5)).not.toContain('RATE_LIMITED');
  expect(await attempt(attempts, 'a', right)).toBe('ann');
});

it('limits nothing if any number is allowed', async () => {
  expect(await outcomes(attemptsOf(0), wrong, 100)).toEqual(Array(100).fill('UNAUTHENTICATED'));
});
