import { UsageError } from '../command-line/command-error';
import { keyRequestFrom } from './key-request';

const NOW_MS = Date.parse('2026-11-29T08:00:00Z');
const OPTIONS = { name: 'terminal', subject: 'warehouse', scope: ['staff'] };

it('is a key without an end unless the options have one', () => {
  expect(keyRequestFrom(OPTIONS, NOW_MS)).toEqual({
    name: 'terminal',
    subject: 'warehouse',
    scopes: ['staff'],
    expiresAt: null,
  });
});

it.each([
  ['90d', '2027-02-27T08:00:00.000Z'],
  ['2026-12-24T12:00:00Z', '2026-12-24T12:00:00.000Z'],
])('expires at %s', (expires, time) => {
  const { expiresAt } = keyRequestFrom({ ...OPTIONS, expires }, NOW_MS);
  expect(expiresAt?.toISOString()).toBe(time);
});

it.each([
  [{ expires: '0d' }, '--expires must be'],
  [{ expires: '2026-11-29T07:59:59Z' }, 'in the future'],
  [{ expires: 'soon' }, 'but it is "soon"'],
  [{ scope: ['root'] }, '--scope must be one of customer, staff, events, admin'],
  [{ name: '' }, '--name is required'],
  [{ subject: 'a\0' }, '--subject must not contain a NUL character'],
])('%j is wrong usage', (options, fault) => {
  const request = () => keyRequestFrom({ ...OPTIONS, ...options }, NOW_MS);
  expect(request).toThrow(UsageError);
  expect(request).toThrow(fault);
});

it('has each scope once', () => {
  const { scopes } = keyRequestFrom({ ...OPTIONS, scope: ['staff', 'events', 'staff'] }, NOW_MS);
  expect(scopes).toEqual(['staff', 'events']);
});
