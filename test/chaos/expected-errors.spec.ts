import { ExpectedErrors } from './expected-errors';

const LATER_MS = 60_000;
const idle = () => Promise.resolve();

it('expects no error without a fault', () => {
  const expected = new ExpectedErrors();
  for (const reason of ['DATABASE_UNAVAILABLE', 'OVERLOADED', 'SHUTTING_DOWN']) {
    expect(expected.includes(reason, performance.now())).toBe(false);
  }
});

it('expects database errors during a database fault and for a while after it', async () => {
  const expected = new ExpectedErrors();
  await expected.during('database', async () => {
    expect(expected.includes('DATABASE_UNAVAILABLE', performance.now())).toBe(true);
    await idle();
  });
  expect(expected.includes('DATABASE_UNAVAILABLE', performance.now())).toBe(true);
  expect(expected.includes('DATABASE_UNAVAILABLE', performance.now() + LATER_MS)).toBe(false);
});

it('expects SHUTTING_DOWN only while a process is stopped', async () => {
  const expected = new ExpectedErrors();
  await expected.during('database', idle);
  expect(expected.includes('SHUTTING_DOWN', performance.now())).toBe(false);
  await expected.during('stopping', async () => {
    expect(expected.includes('SHUTTING_DOWN', performance.now())).toBe(true);
    await idle();
  });
  expect(expected.includes('SHUTTING_DOWN', performance.now() + 1)).toBe(false);
});

it('expects errors until the last of several overlapping faults is over', async () => {
  const expected = new ExpectedErrors();
  await expected.during('stopping', async () => {
    await expected.during('stopping', idle);
    expect(expected.includes('SHUTTING_DOWN', performance.now() + LATER_MS)).toBe(true);
  });
});
