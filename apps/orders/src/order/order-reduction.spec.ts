import { haveSameUnits, keepUnits } from './order-reduction';

const ITEMS = [
  { sku: 'pizza', quantity: 2 },
  { sku: 'burger', quantity: 1 },
  { sku: 'pizza', quantity: 3 },
];

const keep = (kept: Readonly<Record<string, number>>): string[] =>
  keepUnits(
    ITEMS,
    Object.entries(kept).map(([sku, quantity]) => ({ sku, quantity })),
  ).map(({ sku, quantity }) => `${quantity} ${sku}`);

it.each<[string, Record<string, number>, string[]]>([
  ['leaves SKUs that are not named', { burger: 1 }, ['2 pizza', '1 burger', '3 pizza']],
  [
    'takes units from the last item of a SKU first',
    { pizza: 4 },
    ['2 pizza', '1 burger', '2 pizza'],
  ],
  ['leaves out items without units', { pizza: 1, burger: 0 }, ['1 pizza']],
  ['never adds units', { pizza: 9 }, ['2 pizza', '1 burger', '3 pizza']],
  ['may leave nothing', { pizza: 0, burger: 0 }, []],
])('%s', (_what, kept, expected) => {
  expect(keep(kept)).toEqual(expected);
});

it('of a SKU that is named twice the last entry counts', () => {
  const twice = [1, 0].map((quantity) => ({ sku: 'burger', quantity }));
  expect(keepUnits(ITEMS, twice).map(({ sku }) => sku)).toEqual(['pizza', 'pizza']);
});

it('compares units, not items', () => {
  const merged = [
    { sku: 'burger', quantity: 1 },
    { sku: 'pizza', quantity: 5 },
  ];
  expect(haveSameUnits(ITEMS, merged)).toBe(true);
  expect(haveSameUnits(ITEMS, merged.slice(1))).toBe(false);
  expect(haveSameUnits(merged.slice(1), ITEMS)).toBe(false);
  expect(haveSameUnits(ITEMS, [...merged.slice(1), { sku: 'burger', quantity: 2 }])).toBe(false);
});
