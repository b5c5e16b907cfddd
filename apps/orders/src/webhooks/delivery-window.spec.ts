import { DeliveryWindow, type WindowEntry } from './delivery-window';

const entry = (position: number, key: string): WindowEntry => ({ position, key });
const anyKey = (): boolean => true;

const windowOf = (...keys: string[]): DeliveryWindow<WindowEntry> => {
  const window = new DeliveryWindow<WindowEntry>(10);
  window.add(
    keys.map((key, index) => entry(11 + index, key)),
    20,
  );
  return window;
};

it('hands out one event of a key at a time, and those of other keys meanwhile', () => {
  const window = windowOf('a', 'a', 'b');
  const first = window.take(anyKey);
  expect(first).toEqual(entry(11, 'a'));
  expect(window.take(anyKey)).toEqual(entry(13, 'b'));
  expect(window.take(anyKey)).toBeUndefined();
  if (first) window.finish(first);
  expect(window.take(anyKey)).toEqual(entry(12, 'a'));
});

it('skips a key that is not free', () => {
  const window = windowOf('a', 'b');
  expect(window.take((key) => key !== 'a')).toEqual(entry(12, 'b'));
  expect(window.take(anyKey)).toEqual(entry(11, 'a'));
});

it('is done up to the first event that is not, and up to the end of the page when all are', () => {
  const window = windowOf('a', 'b', 'c');
  const [a, b, c] = [window.take(anyKey), window.take(anyKey), window.take(anyKey)];
  expect(window.donePosition).toBe(10);
  if (b) window.finish(b);
  expect(window.donePosition).toBe(10);
  if (a) window.finish(a);
  expect(window.donePosition).toBe(12);
  if (c) window.finish(c);
  expect(window).toMatchObject({ donePosition: 20, end: 20, size: 0 });
});

it('gives up all events of a key, and a later one begins anew', () => {
  const window = windowOf('a', 'b', 'a');
  window.take(anyKey);
  expect(window.removeKey('a')).toEqual([entry(11, 'a'), entry(13, 'a')]);
  expect(window.has('a')).toBe(false);
  expect(window.donePosition).toBe(11);
  window.add([entry(21, 'a')], 21);
  expect([window.take(anyKey), window.take(anyKey)]).toEqual([entry(12, 'b'), entry(21, 'a')]);
});
