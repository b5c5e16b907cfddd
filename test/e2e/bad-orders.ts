export const json = { 'Content-Type': 'application/json' };
/** Returns the JSON of a valid order with these fields changed. */
export const order = (fields: object) =>
  JSON.stringify({ userId: 'u', sku: 'burger', quantity: 1, ...fields });
/** Returns the JSON of an order with a value that JSON.stringify cannot write. */
export const withRawValue = (field: string, value: string) =>
  order({ [field]: '@' }).replace('"@"', value);

/** Invalid bodies of POST /v1/orders, with the field that the answer must name. */
export const BAD_ORDERS: readonly [what: string, field: string, body: string][] = [
  ['a missing userId', 'userId', order({ userId: undefined })],
  ['a missing sku', 'sku', order({ sku: undefined })],
  ['a missing quantity', 'quantity', order({ quantity: undefined })],
  ['a null userId', 'userId', order({ userId: null })],
  ['a null sku', 'sku', order({ sku: null })],
  ['a null quantity', 'quantity', order({ quantity: null })],
  ['a number for userId', 'userId', order({ userId: 7 })],
  ['a number for sku', 'sku', order({ sku: 7 })],
  ['an object for sku', 'sku', order({ sku: { a: 1 } })],
  ['text for quantity', 'quantity', order({ quantity: '2' })],
  ['a list for quantity', 'quantity', order({ quantity: [2] })],
  ['a boolean for quantity', 'quantity', order({ quantity: true })],
  ['a number for note', 'note', order({ note: 7 })],
  ['an empty userId', 'userId', order({ userId: '' })],
  ['an empty sku', 'sku', order({ sku: '' })],
  ['zero', 'quantity', order({ quantity: 0 })],
  ['a negative quantity', 'quantity', order({ quantity: -1 })],
  ['minus zero', 'quantity', withRawValue('quantity', '-0')],
  ['2^31', 'quantity', order({ quantity: 2 ** 31 })],
  ['2^32 + 1', 'quantity', order({ quantity: 2 ** 32 + 1 })],
  ['2^53 + 1', 'quantity', withRawValue('quantity', '9007199254740993')],
  ['1.5', 'quantity', order({ quantity: 1.5 })],
  ['1e400', 'quantity', withRawValue('quantity', '1e400')],
  ['a quantity just too large', 'quantity', order({ quantity: 1_000_001 })],
  ['a huge userId', 'userId', order({ userId: 'u'.repeat(129) })],
  ['a huge sku', 'sku', order({ sku: 's'.repeat(65) })],
  ['a huge note', 'note', order({ note: 'n'.repeat(501) })],
  ['a NUL in userId', 'userId', order({ userId: 'a\0b' })],
  ['a NUL in sku', 'sku', order({ sku: 'a\0b' })],
  ['a NUL in note', 'note', order({ note: 'a\0b' })],
  ['a lone surrogate in userId', 'userId', withRawValue('userId', '"\\ud800"')],
  ['a lone surrogate in sku', 'sku', withRawValue('sku', '"\\udfff"')],
  ['a lone surrogate in note', 'note', withRawValue('note', '"x\\ud800y"')],
  ['a blank in sku', 'sku', order({ sku: 'a b' })],
  ['SQL in sku', 'sku', order({ sku: "x'; drop table orders; --" })],
  ['an unknown field', 'colour', order({ colour: 'red' })],
  ['__proto__', '__proto__', withRawValue('x', '1').replace('"x"', '"__proto__"')],
  ['constructor', 'constructor', withRawValue('x', '1').replace('"x"', '"constructor"')],
  ['both shapes at once', 'sku', order({ items: [{ sku: 'burger', quantity: 1 }] })],
  ['no items', 'items', JSON.stringify({ userId: 'u', items: [] })],
  ['null for items', 'items', JSON.stringify({ userId: 'u', items: null })],
  ['an object for items', 'items', JSON.stringify({ userId: 'u', items: { 0: {} } })],
  ['a number for an item', 'items[0]', JSON.stringify({ userId: 'u', items: [5] })],
  [
    'null for an item',
    'items[1]',
    JSON.stringify({ userId: 'u', items: [{ sku: 'burger', quantity: 1 }, null] }),
  ],
  ['a list for an item', 'items', JSON.stringify({ userId: 'u', items: [[]] })],
  [
    'a bad item',
    'items[0].quantity',
    JSON.stringify({ userId: 'u', items: [{ sku: 'burger', quantity: 0 }] }),
  ],
  [
    'an unknown field of an item',
    'items[0].size',
    JSON.stringify({ userId: 'u', items: [{ sku: 'burger', quantity: 1, size: 'L' }] }),
  ],
  [
    '__proto__ in an item',
    'items[0].__proto__',
    '{"userId":"u","items":[{"sku":"burger","quantity":1,"__proto__":{}}]}',
  ],
  [
    '101 items',
    'items',
    JSON.stringify({ userId: 'u', items: Array(101).fill({ sku: 'burger', quantity: 1 }) }),
  ],
];
