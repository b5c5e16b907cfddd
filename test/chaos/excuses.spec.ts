import { Excuses } from './excuses';

const SOON_MS = 60_000;
const idle = () => Promise.resolve();

it('excuses nothing while nothing is wrong', () => {
  const excuses = new Excuses();
  for (const reason of ['DATABASE_UNAVAILABLE', 'OVERLOADED', 'SHUTTING_DOWN']) {
    expect(excuses.covers(reason, performance.now())).toBe(false);
  }
});

it('excuses what comes of a database while it is away, and for a while after', async () => {
  const excuses = new Excuses();
  await excuses.during('database', async () => {
    expect(excuses.covers('DATABASE_UNAVAILABLE', performance.now())).toBe(true);
    await idle();
  });
  expect(excuses.covers('DATABASE_UNAVAILABLE', performance.now())).toBe(true);
  expect(excuses.covers('DATABASE_UNAVAILABLE', performance.now() + SOON_MS)).toBe(false);
});

it('lets a process say that it stops only while it is being stopped', async () => {
  const excuses = new Excuses();
  await excuses.during('database', idle);
  expect(excuses.covers('SHUTTING_DOWN', performance.now())).toBe(false);
  await excuses.during('stopping', async () => {
    expect(excuses.covers('SHUTTING_DOWN', performance.now())).toBe(true);
    await idle();
  });
  expect(excuses.covers('SHUTTING_DOWN', performance.now() + 1)).toBe(false);
});

it('goes on while one of several faults does', async () => {
  const excuses = new Excuses();
  await excuses.during('stopping', async () => {
    await excuses.during('stopping', idle);
    expect(excuses.covers('SHUTTING_DOWN', performance.now() + SOON_MS)).toBe(true);
  });
});
