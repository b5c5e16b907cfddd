import { parseRef } from './event-ref';

const TIME = new Date(1_764_000_000_123);
const MICROSECONDS = '1764000000123456';

it.each([
  ['reservation/r:1.a/HELD', { from: 'movements', id: 'r:1.a', kind: 'HELD' }],
  ['reservation/r/RELEASED', { from: 'movements', id: 'r', kind: 'RELEASED' }],
  ['reservation/r/REJECTED', { from: 'rejection', id: 'r' }],
  ['movement/a-1/12', { from: 'adjustment', sku: 'a-1', seq: 12 }],
])('%s names rows', (ref, expected) => {
  expect(parseRef(ref)).toEqual(expected);
});

it('the release of an unknown id has its time, in whole milliseconds', () => {
  expect(parseRef(`reservation/r/TOMBSTONE/${MICROSECONDS}`)).toEqual({
    from: 'tombstone',
    id: 'r',
    time: TIME,
  });
});

it.each(['REDUCED', 'RELEASED'] as const)('%s of a reduced hold has its units', (kind) => {
  expect(parseRef(`reservation/r/${kind}/2/${MICROSECONDS}/a-1=3,b.2=10`)).toEqual({
    from: 'ref',
    id: 'r',
    kind,
    reductions: 2,
    time: TIME,
    items: [
      { sku: 'a-1', quantity: 3 },
      { sku: 'b.2', quantity: 10 },
    ],
  });
});

it('a crossing of a threshold has all that its event tells', () => {
  expect(parseRef(`threshold/a-1/7/LOW/10/9/${MICROSECONDS}`)).toEqual({
    from: 'threshold',
    sku: 'a-1',
    seq: 7,
    isLow: true,
    limit: 10,
    available: 9,
    microseconds: MICROSECONDS,
  });
  expect(parseRef(`threshold/a-1/8/REPLENISHED/20/25/${MICROSECONDS}`)).toMatchObject({
    isLow: false,
  });
});

it.each(['order/1/2', 'reservation/r/MOVED', 'reservation/r/HELD/1/2/a=1', 'movement/a', ''])(
  'ignores what it does not know: %s',
  (ref) => {
    expect(parseRef(ref)).toBeUndefined();
  },
);
