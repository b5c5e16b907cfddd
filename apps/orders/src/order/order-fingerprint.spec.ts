import { isDeepStrictEqual } from 'node:util';
import {
  constantFrom,
  array,
  assert,
  dictionary,
  integer,
  nat,
  option,
  property,
  record,
} from 'fast-check';
import type { LineDto } from '@app/contracts';
import { newOrder, type NewOrder } from './order';
import { fingerprintOf, isSameOrder } from './order-fingerprint';
import type { OrderMetadata } from './order-metadata';

const orderOf = (rest: Partial<NewOrder>): NewOrder =>
  newOrder({ userId: 'u', note: null, idempotencyKey: 'k', items: [], ...rest });

const lines = (...items: [sku: string, quantity: number][]): LineDto[] =>
  items.map(([sku, quantity]) => ({ sku, quantity }));

const BASKET = lines(['soup', 2], ['bread', 1]);

/** Both with a fingerprint and without one, as an order of an earlier version is compared. */
const areSame = (one: NewOrder, other: NewOrder): boolean => {
  const [byFingerprint, byContents] = [fingerprintOf(one), null].map((fingerprint) =>
    isSameOrder(other, one, fingerprint),
  );
  expect(byContents).toBe(byFingerprint);
  return byFingerprint === true;
};

it.each<[string, Partial<NewOrder>]>([
  ['its lines in another order', { items: lines(['bread', 1], ['soup', 2]) }],
  ['a line split in two', { items: lines(['soup', 1], ['bread', 1], ['soup', 1]) }],
  ['an empty note in place of none', { items: BASKET, note: '' }],
  ['another id', { items: BASKET, id: '01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55' }],
])('an order with %s is the same', (_what, rest) => {
  expect(areSame(orderOf({ items: BASKET }), orderOf({ items: BASKET, ...rest }))).toBe(true);
});

it.each<[string, Partial<NewOrder>]>([
  ['another quantity', { items: lines(['soup', 2], ['bread', 2]) }],
  ['units moved to another SKU', { items: lines(['soup', 1], ['bread', 2]) }],
  ['a line twice', { items: [...BASKET, ...BASKET] }],
  ['one line fewer', { items: lines(['soup', 2]) }],
  ['a SKU in another case', { items: lines(['Soup', 2], ['bread', 1]) }],
  ['a note', { note: 'hot' }],
  ['a blank note', { note: ' ' }],
  ['an external id', { externalId: 'shop-1' }],
  ['an external id in its note', { note: 'shop-1' }],
  ['metadata', { metadata: { color: 'red' } }],
  ['an empty text in its metadata', { metadata: { color: '' } }],
  ['a note that looks like a line', { items: lines(['soup', 2]), note: 'bread:1' }],
])('an order with %s is another one', (_what, rest) => {
  expect(areSame(orderOf({ items: BASKET }), orderOf({ items: BASKET, ...rest }))).toBe(false);
});

it('orders are the same exactly if the units of each SKU are', () => {
  const item = record({
    sku: constantFrom('a', 'b', 'B', 'a-b'),
    quantity: integer({ min: 1, max: 3 }),
  });
  const unitsOf = (items: readonly LineDto[]): string[] => {
    const each = items.flatMap(({ sku, quantity }) => Array<string>(quantity).fill(sku));
    return each.sort();
  };
  const basket = array(item, { minLength: 1, maxLength: 4 });
  const counts = { same: 0, different: 0 };
  assert(
    property(basket, basket, nat(1), (one, other, shuffle) => {
      const second = shuffle ? [...one].reverse() : other;
      const isSame = areSame(orderOf({ items: one }), orderOf({ items: second }));
      counts[isSame ? 'same' : 'different'] += 1;
      expect(isSame).toBe(JSON.stringify(unitsOf(one)) === JSON.stringify(unitsOf(second)));
    }),
    { numRuns: 1_000 },
  );
  expect(Math.min(counts.same, counts.different)).toBeGreaterThan(100);
});

it('an order with another external id is another one', () => {
  const first = orderOf({ items: BASKET, note: 'hot', externalId: 'shop-1' });
  expect(areSame(first, { ...first })).toBe(true);
  expect(areSame(first, { ...first, externalId: 'shop-2' })).toBe(false);
  expect(areSame(first, { ...first, externalId: null })).toBe(false);
});

/** Returns the same metadata with its keys in the opposite order. */
const reversed = (metadata: OrderMetadata | null): OrderMetadata | null =>
  metadata && Object.fromEntries(Object.entries(metadata).reverse());

describe('metadata', () => {
  const first = orderOf({ items: BASKET, metadata: { color: 'red', size: 'L', '1': 'x' } });

  it('is the same in whatever order its keys are', () => {
    const other = { '1': 'x', size: 'L', color: 'red' };
    expect(areSame(first, { ...first, metadata: other })).toBe(true);
  });

  it.each<[string, NewOrder['metadata']]>([
    ['another value', { color: 'red', size: 'M', '1': 'x' }],
    ['values that have changed places', { color: 'L', size: 'red', '1': 'x' }],
    ['a key in another case', { Color: 'red', size: 'L', '1': 'x' }],
    ['one key fewer', { color: 'red', size: 'L' }],
    ['one key more', { color: 'red', size: 'L', '1': 'x', '2': '' }],
    ['no key', null],
  ])('makes another order with %s', (_what, metadata) => {
    expect(areSame(first, { ...first, metadata })).toBe(false);
  });

  it('cannot be taken for an external id, nor for other metadata', () => {
    const key = constantFrom('a', 'b', ',');
    const value = constantFrom('a', '","b', '],[', '"');
    const metadata = dictionary(key, value, { minKeys: 1, noNullPrototype: true });
    const contents = record(
      { externalId: option(constantFrom('a', '[["a","a"]]')), metadata: option(metadata) },
      { noNullPrototype: true },
    );
    const counts = { same: 0, different: 0 };
    assert(
      property(contents, contents, nat(1), (one, different, repeat) => {
        const other = repeat ? { ...one, metadata: reversed(one.metadata) } : different;
        const isSame = areSame(orderOf(one), orderOf(other));
        counts[isSame ? 'same' : 'different'] += 1;
        expect(isSame).toBe(isDeepStrictEqual(one, other));
      }),
      { numRuns: 1_000 },
    );
    expect(Math.min(counts.same, counts.different)).toBeGreaterThan(100);
  });
});

it('recognizes an order whose customer, note and metadata have been erased', () => {
  const metadata = { gate: '4711' };
  const first = orderOf({ items: BASKET, note: 'my door code is 4711', metadata });
  const fingerprint = fingerprintOf(first);
  const erased = { items: BASKET, note: null, metadata: null };
  expect(isSameOrder(first, erased, fingerprint)).toBe(true);
  expect(isSameOrder({ ...first, note: 'another' }, erased, fingerprint)).toBe(false);
});

it('is a hash that does not tell which orders have the same contents', () => {
  const first = fingerprintOf(orderOf({ items: BASKET, note: 'hot' }));
  expect(first).toHaveLength(32);
  expect(fingerprintOf(orderOf({ items: BASKET, note: 'hot', idempotencyKey: 'k-2' }))).not.toEqual(
    first,
  );
  expect(fingerprintOf(orderOf({ items: BASKET, note: 'hot', userId: 'u-2' }))).toEqual(first);
  expect(fingerprintOf(orderOf({ items: BASKET, idempotencyKey: null }))).toBeNull();
});

it.each<[string, Partial<NewOrder>, string]>([
  ['a note', {}, '83c17f686e7b1831174c3e329986c5d6fa27334fb5a354c721474ad97191fc78'],
  [
    'an external id',
    { externalId: 'shop-1' },
    '411089467c0823fa016b08569425eb01950472e523f577c0abdfa1a74d481003',
  ],
  [
    'metadata',
    { metadata: { size: 'L', color: 'red' } },
    '786f95a62c60b071b23b85ca4387de60ec7965c807c3f26d688c6d5cbde53c4f',
  ],
])('of an order with %s stays as it is from version to version', (_what, rest, fingerprint) => {
  const order = orderOf({ items: BASKET, note: 'hot', ...rest });
  expect(fingerprintOf(order)?.toString('hex')).toBe(fingerprint);
});
