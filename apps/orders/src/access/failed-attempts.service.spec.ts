import { Limiters } from '../limits/limiters.service';
import { FailedAttempts } from './failed-attempts.service';

const record = async (attempts: FailedAttempts, network: string, count: number): Promise<void> => {
  for (let each = 0; each < count; each += 1) await attempts.record(network);
};

it('lets a network wait once it has used up its attempts, and no other', async () => {
  const attempts = new FailedAttempts(new Limiters(), 3);
  await record(attempts, 'a', 2);
  expect(await attempts.waitMs('a')).toBe(0);
  await record(attempts, 'a', 1);
  const waitMs = await attempts.waitMs('a');
  expect(waitMs).toBeGreaterThan(59_000);
  expect(waitMs).toBeLessThanOrEqual(60_000);
  expect(await attempts.waitMs('b')).toBe(0);
});

it('counts nothing if any number is allowed', async () => {
  const attempts = new FailedAttempts(new Limiters(), 0);
  await record(attempts, 'a', 100);
  expect(await attempts.waitMs('a')).toBe(0);
});
