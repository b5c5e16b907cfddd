import { nearestName } from './nearest-name';

const FIELDS = ['userId', 'sku', 'quantity', 'items', 'note'];

it.each([
  ['userid', 'userId'],
  ['user_id', 'userId'],
  ['USER-ID', 'userId'],
  ['usrId', 'userId'],
  ['quantiy', 'quantity'],
  ['qauntity', 'quantity'],
  ['quanttiyy', 'quantity'],
  ['SKU', 'sku'],
  ['sky', 'sku'],
  ['skus', 'sku'],
  ['item', 'items'],
  ['Notes', 'note'],
])('%s most likely stands for %s', (name, expected) => {
  expect(nearestName(name, FIELDS)).toBe(expected);
});

it.each(['color', 'price', 'id', 'amount', 'x', '', 'customerIdentifier', 'q'.repeat(100_000)])(
  '%.20s stands for none of the known names',
  (name) => {
    expect(nearestName(name, FIELDS)).toBeUndefined();
  },
);

it('knows no nearest name without known names', () => {
  expect(nearestName('sku', [])).toBeUndefined();
});
