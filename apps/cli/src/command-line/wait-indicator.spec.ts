import { setImmediate as turn } from 'node:timers/promises';
import { type WaitIndicator, withWaitIndicator } from './wait-indicator';

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
});

afterEach(() => jest.useRealTimers());

/** Shows an indicator until `finish` is called, and records what it writes. */
const started = (isTTY: boolean) => {
  const written: string[] = [];
  const stream = { isTTY, write: (text: string) => written.push(text) > 0 };
  let finish: () => void = () => undefined;
  let indicator: WaitIndicator | undefined;
  const done = withWaitIndicator(
    'Checking',
    (shown) => {
      indicator = shown;
      return new Promise<string>((resolve) => (finish = () => resolve('result')));
    },
    stream,
  );
  return { written, done, finish: () => finish(), hide: () => indicator?.hide() };
};

it('shows nothing for 2 s, and then a line every 10 s', async () => {
  const { written, done, finish } = started(false);
  jest.advanceTimersByTime(1_900);
  expect(written).toEqual([]);
  jest.advanceTimersByTime(22_100);
  expect(written).toEqual(['Checking … 2 s\n', 'Checking … 12 s\n', 'Checking … 22 s\n']);
  finish();
  expect(await done).toBe('result');
  jest.advanceTimersByTime(60_000);
  expect(written).toHaveLength(3);
});

it('shows one line on a terminal, which gives way to output and ends with the work', async () => {
  const { written, done, finish, hide } = started(true);
  jest.advanceTimersByTime(3_000);
  expect(written.at(-1)).toMatch(/. Checking … 3 s$/);
  expect(written.some((text) => text.includes('\n'))).toBe(false);
  hide();
  expect(written.at(-1)).toBe('\r\x1b[K');
  jest.advanceTimersByTime(100);
  expect(written.at(-1)).toContain('Checking');
  finish();
  await done;
  expect(written.at(-1)).toBe('\r\x1b[K');
});

it('leaves nothing on a terminal if the work fails soon', async () => {
  const written: string[] = [];
  const stream = { isTTY: true, write: (text: string) => written.push(text) > 0 };
  const failing = withWaitIndicator('Checking', () => Promise.reject(new Error('gone')), stream);
  await expect(failing).rejects.toThrow('gone');
  await turn();
  expect(written).toEqual([]);
});
