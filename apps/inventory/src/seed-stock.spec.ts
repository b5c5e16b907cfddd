import { times } from '../../../test/harness/wait';
import { seedStock } from './seed-stock';

const faultOf = (text: string): string | undefined =>
  seedStock().safeParse(text).error?.issues[0]?.message;

it('takes the maximum of SKUs and units', () => {
  const pairs = times(1_000, (index) => `${String(index).padStart(64, 's')}=1000000000`);
  const seeds = seedStock().parse(pairs.join(','));
  expect(seeds).toHaveLength(1_000);
  expect(seeds[999]).toEqual({ sku: '999'.padStart(64, 's'), onHand: 1_000_000_000 });
  expect(seedStock().parse('burger=0')).toEqual([{ sku: 'burger', onHand: 0 }]);
});

it.each([
  ['burger', 'pair 1 has another form'],
  ['burger=5,', 'pair 2 has another form'],
  ['burger=5,pizza=-1', 'pair 2 has another form'],
  ['burger=5,pizza=1.5', 'pair 2 has another form'],
  ['=5', 'pair 1 is required'],
  ['burger=5, pizza=1', 'pair 2 must be 1 to 64 characters out of A-Z a-z 0-9 . _ -'],
  ['burger=1000000001', 'pair 1 units must be <= 1000000000'],
  ['burger=5,pizza=1,burger=6', 'pair 3 names the SKU burger again'],
])('rejects %s and names the pair', (text, fault) => {
  expect(faultOf(text)).toBe(`must be SKU=units pairs such as burger=5,pizza=10; ${fault}`);
});

it('rejects more SKUs than the maximum, and names another way', () => {
  const pairs = times(1_001, (index) => `s${index}=1`);
  expect(faultOf(pairs.join(','))).toBe(
    'must have at most 1000 SKUs; import further ones with `npm run stock -- import`',
  );
});
