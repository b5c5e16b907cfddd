import {
  type Arbitrary,
  array,
  assert,
  asyncProperty,
  constant,
  constantFrom,
  integer,
  oneof,
  record,
  string,
} from 'fast-check';
import { RequestValidationPipe } from '@app/errors';
import { isOrdinaryOrder } from './ordinary-order';
import { PlaceOrderDto, toNewOrder } from './place-order.dto';

/** A class with the rules alone. */
class PlaceByRules extends PlaceOrderDto {
  static override isValid(): boolean {
    return false;
  }
}

const pipe = new RequestValidationPipe({ maxValues: 500 });

/** Returns the order that the rules make of a body. Rejects if they find a fault. */
const byRules = async (body: unknown) => {
  const valid = await pipe.transform(body, { type: 'body', metatype: PlaceByRules });
  return toNewOrder(valid as PlaceOrderDto, null);
};

const ONE = { userId: 'u-1', sku: 'pizza', quantity: 2 };
const ITEMS = { userId: 'u-1', items: [{ sku: 'pizza', quantity: 2 }] };

it.each([
  ['one item', ONE],
  ['several items', { userId: 'u-1', items: [...ITEMS.items, { sku: 'cola', quantity: 1 }] }],
  ['all optional fields', { ...ONE, note: 'no onions', externalId: 'shop-1' }],
  ['optional fields that are null', { ...ONE, note: null, externalId: null }],
  ['the longest texts', { ...ONE, userId: 'u'.repeat(128), note: 'n'.repeat(500) }],
])('is an order with %s', async (_what, body) => {
  expect(isOrdinaryOrder(body)).toBe(true);
  expect(toNewOrder(body as PlaceOrderDto, null)).toEqual(await byRules(body));
});

it.each([
  ['an unknown field', { ...ONE, qty: 1 }],
  ['an unknown field of an item', { ...ITEMS, items: [{ sku: 'a', quantity: 1, note: 'b' }] }],
  ['a key that changes the prototype', JSON.parse(`{"__proto__":{},"userId":"u"}`) as unknown],
  ['an accent', { ...ONE, userId: 'Zoe\u0308' }],
  ['a NUL', { ...ONE, note: 'a\0b' }],
  ['a lone surrogate', { ...ONE, note: '\ud800' }],
  ['a text that is too long', { ...ONE, userId: 'u'.repeat(129) }],
  ['an empty customer', { ...ONE, userId: '' }],
  ['an empty external id', { ...ONE, externalId: '' }],
  ['a customer that is a number', { ...ONE, userId: 1 }],
  ['an item and a list of items', { ...ONE, ...ITEMS }],
  ['no items', { userId: 'u-1', items: [] }],
  ['items that are no list', { userId: 'u-1', items: { 0: ONE } }],
  ['a list in the list', { userId: 'u-1', items: [[]] }],
  ['an item that is null', { userId: 'u-1', items: [null] }],
  ['an item without a SKU', { userId: 'u-1', items: [{ quantity: 1 }] }],
  ['too many items', { userId: 'u-1', items: Array(101).fill({ sku: 'a', quantity: 1 }) }],
  ['too many units in all', { userId: 'u', items: Array(2).fill({ sku: 'a', quantity: 600_000 }) }],
  ['a quantity that is a text', { ...ONE, quantity: '2' }],
])('leaves %s to the rules', (_what, body) => {
  expect(isOrdinaryOrder(body)).toBe(false);
});

const text = oneof(
  constantFrom('pizza', '', 'a b', 'é', 'e\u0301', 'x'.repeat(128), 'x'.repeat(129)),
  string({ unit: 'binary', maxLength: 4 }),
);
const quantity = oneof(constantFrom(0, -1, -0, 1.5, 1_000_000, 1_000_001, '1', null), integer());
const sku = oneof(constant('pizza'), text, constant(null));
const item = oneof(
  record({ sku: constant('pizza'), quantity: integer({ min: 1, max: 9 }) }),
  record({ sku, quantity, other: constant(1) }, { requiredKeys: ['sku', 'quantity'] }),
  constantFrom(null, [], 'item'),
);
const optionalText = oneof(text, constant(null), integer());
const body: Arbitrary<object> = record(
  {
    userId: oneof(constant('u-1'), text),
    sku,
    quantity: oneof(constant(1), quantity),
    items: oneof(array(item, { maxLength: 3 }), constantFrom(null, {})),
    note: optionalText,
    externalId: optionalText,
    extra: constant(1),
  },
  { requiredKeys: ['userId'] },
);

it('is never an order that the rules reject or change', () =>
  assert(
    asyncProperty(body, async (each) => {
      if (!isOrdinaryOrder(each)) return;
      expect(toNewOrder(each as PlaceOrderDto, null)).toEqual(await byRules(each));
    }),
    { numRuns: 1_000 },
  ));
