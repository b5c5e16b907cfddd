import { TRANSITIONS_ON_REPLY, CALL_BY_STATUS, TRANSITIONS_ON_REQUEST } from './lifecycle';

// That the tables lead to no harm is searched in test/model. These are about what a caller is told.

it('a request that is repeated is not refused, also once it is done', () => {
  const cancels = TRANSITIONS_ON_REQUEST.cancel;
  expect([cancels.PENDING, cancels.CONFIRMED]).toEqual(['CANCELLING', 'CANCELLING']);
  expect([cancels.CANCELLING, cancels.CANCELLED]).toEqual(['CANCELLING', 'CANCELLED']);
  const fulfills = TRANSITIONS_ON_REQUEST.fulfill;
  expect(fulfills.CONFIRMED).toBe('FULFILLING');
  expect([fulfills.FULFILLING, fulfills.FULFILLED]).toEqual(['FULFILLING', 'FULFILLED']);
});

it('a request that comes too early or too late is refused', () => {
  const { PENDING, CANCELLING, CANCELLED } = TRANSITIONS_ON_REQUEST.fulfill;
  expect([PENDING, CANCELLING, CANCELLED]).toEqual(['rejected', 'rejected', 'rejected']);
  const { FULFILLING, FULFILLED } = TRANSITIONS_ON_REQUEST.cancel;
  expect([FULFILLING, FULFILLED]).toEqual(['rejected', 'rejected']);
});

it('accept-by concerns PENDING orders only, and is never refused', () => {
  const { PENDING, ...others } = TRANSITIONS_ON_REQUEST.acceptBy;
  expect(PENDING).toBe('CANCELLING');
  for (const [status, next] of Object.entries(others)) expect(next).toBe(status);
});

it('an order has a call to drive it on exactly where it waits for an answer', () => {
  expect(Object.keys(CALL_BY_STATUS)).toEqual(Object.keys(TRANSITIONS_ON_REPLY));
});
