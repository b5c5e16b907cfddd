import { CallSignal } from './call-signal';

const callWithDeadline = (ms: number) => ({
  cancelled: false,
  getDeadline: () => new Date(Date.now() + ms),
});

it('is aborted once the deadline has passed by the clock, and never without a deadline', () => {
  expect(new CallSignal(callWithDeadline(60_000)).aborted).toBe(false);
  expect(new CallSignal(callWithDeadline(-1)).aborted).toBe(true);
  expect(new CallSignal({ cancelled: false, getDeadline: () => Infinity }).aborted).toBe(false);
});

it('is aborted once the client has cancelled the call', () => {
  const call = callWithDeadline(60_000);
  const signal = new CallSignal(call);
  expect(signal.aborted).toBe(false);
  call.cancelled = true;
  expect(signal.aborted).toBe(true);
});
