import { TRANSITIONS_ON_REPLY, CALL_BY_STATUS, TRANSITIONS_ON_REQUEST } from './lifecycle';

// The model in test/model proves that the tables are safe. These tests are about what a client sees.

it('allows a repeated request, also after it is done', () => {
  const cancels = TRANSITIONS_ON_REQUEST.cancel;
  expect([cancels.PENDING, cancels.CONFIRMED]).toEqual(['CANCELLING', 'CANCELLING']);
  expect(cancels.REDUCING).toBe('CANCELLING');
  expect([cancels.CANCELLING, cancels.CANCELLED]).toEqual(['CANCELLING', 'CANCELLED']);
  const fulfills = TRANSITIONS_ON_REQUEST.fulfill;
  expect(fulfills.CONFIRMED).toBe('FULFILLING');
  expect([fulfills.FULFILLING, fulfills.FULFILLED]).toEqual(['FULFILLING', 'FULFILLED']);
});

it('rejects a request that comes too early or too late', () => {
  const { PENDING, REDUCING, CANCELLING, CANCELLED } = TRANSITIONS_ON_REQUEST.fulfill;
  expect(new Set([PENDING, REDUCING, CANCELLING, CANCELLED])).toEqual(new Set(['notAllowed']));
  const { FULFILLING, FULFILLED } = TRANSITIONS_ON_REQUEST.cancel;
  expect([FULFILLING, FULFILLED]).toEqual(['notAllowed', 'notAllowed']);
});

it('the accept-by time changes PENDING orders only, and is never rejected', () => {
  const { PENDING, ...others } = TRANSITIONS_ON_REQUEST.acceptBy;
  expect(PENDING).toBe('CANCELLING');
  for (const [status, next] of Object.entries(others)) expect(next).toBe(status);
});

it('has a call for every status that has transitions on a reply, and for no other', () => {
  expect(Object.keys(CALL_BY_STATUS)).toEqual(Object.keys(TRANSITIONS_ON_REPLY));
});
