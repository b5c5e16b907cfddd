import { Logger } from '@nestjs/common';
import { OutageLog } from './outage-log';

const lines: string[] = [];

beforeEach(() => {
  jest.useFakeTimers();
  lines.length = 0;
  const record = (line: unknown) => void lines.push(String(line));
  jest.spyOn(Logger.prototype, 'log').mockImplementation(record);
  jest.spyOn(Logger.prototype, 'warn').mockImplementation(record);
});

afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

it('writes one line for the begin and one for the end of an outage', () => {
  const log = new OutageLog('Postgres');
  for (let call = 0; call < 10; call += 1) log.recordDown('refused');
  for (let call = 0; call < 10; call += 1) log.recordUp();
  expect(lines).toEqual([
    'Postgres is unavailable (refused); retrying',
    'Postgres is available again',
  ]);
});

it('writes seven lines for 25 outages within three seconds, and the last one tells the state', () => {
  const log = new OutageLog('Postgres');
  for (let outage = 0; outage < 25; outage += 1) {
    log.recordDown('the pool is full');
    jest.advanceTimersByTime(60);
    log.recordUp();
    jest.advanceTimersByTime(60);
  }
  expect(lines).toHaveLength(6);
  jest.advanceTimersByTime(60_000);
  expect(lines).toHaveLength(7);
  expect(lines.at(-1)).toBe('Postgres is available again, after 22 outages');
});

it('writes the state that lasts, if it has changed while the log paused', () => {
  const log = new OutageLog('Postgres');
  for (let outage = 0; outage < 3; outage += 1) {
    log.recordDown('refused');
    log.recordUp();
  }
  log.recordDown('the disk is full');
  expect(lines).toHaveLength(6);
  jest.advanceTimersByTime(30_000);
  expect(lines.at(-1)).toBe('Postgres is unavailable (the disk is full); retrying');
});
