import { isAwaitedBy } from './grpc-caller';

const inMs = (ms: number) => ({ cancelled: false, getDeadline: () => new Date(Date.now() + ms) });

it('a call is awaited until its deadline, or for ever where it has none', () => {
  expect(isAwaitedBy(inMs(60_000))()).toBe(true);
  expect(isAwaitedBy(inMs(-1))()).toBe(false);
  expect(isAwaitedBy({ cancelled: false, getDeadline: () => Infinity })()).toBe(true);
});

it('a call that was cancelled meanwhile is not awaited any more', () => {
  const call = inMs(60_000);
  const isAwaited = isAwaitedBy(call);
  expect(isAwaited()).toBe(true);
  call.cancelled = true;
  expect(isAwaited()).toBe(false);
});
