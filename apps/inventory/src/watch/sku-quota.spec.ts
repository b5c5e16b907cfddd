import { SkuQuota, type WatchedSku } from './sku-quota';

const newQuota = () =>
  new SkuQuota({ maxSkus: 10, maxSkusPerPeer: 6, maxUnknownSkus: 4, maxUnknownSkusPerPeer: 2 });

const skus = (prefix: string, count: number, isKnown: boolean): WatchedSku[] =>
  Array.from({ length: count }, (_, index) => ({ sku: `${prefix}-${index}`, isKnown }));

const namesOf = (watched: readonly WatchedSku[]) => watched.map(({ sku }) => sku);

it('unknown SKUs take no place of known ones', () => {
  const quota = newQuota();
  quota.add('a', skus('no', 2, false));
  quota.add('b', skus('none', 2, false));
  expect(quota.excess('c', skus('nothing', 1, false))).toContain('4 unknown SKUs at an instance');
  expect(quota.excess('c', skus('yes', 6, true))).toBeUndefined();
});

it('one client address leaves room for others', () => {
  const quota = newQuota();
  quota.add('a', skus('yes', 6, true));
  quota.add('a', skus('no', 2, false));
  expect(quota.excess('a', skus('more', 1, true))).toContain('of one client address');
  expect(quota.excess('a', skus('none', 1, false))).toContain('of one client address');
  expect(quota.excess('b', skus('more', 4, true))).toBeUndefined();
});

it('a SKU that is watched already takes no further place', () => {
  const quota = newQuota();
  quota.add('a', skus('yes', 6, true));
  expect(quota.excess('a', skus('yes', 6, true))).toBeUndefined();
  quota.add('a', skus('yes', 6, true));
  quota.remove('a', namesOf(skus('yes', 6, true)));
  expect(quota.excess('a', skus('more', 1, true))).toBeDefined();
  quota.remove('a', namesOf(skus('yes', 6, true)));
  expect(quota.excess('a', skus('more', 6, true))).toBeUndefined();
});

it('an unknown SKU that becomes known counts as a known one', () => {
  const quota = newQuota();
  quota.add('a', skus('no', 2, false));
  quota.becameKnown('no-0');
  expect(quota.excess('a', skus('none', 1, false))).toBeUndefined();
  expect(quota.excess('a', skus('yes', 6, true))).toBeDefined();
});

it('forgets clients that have left', () => {
  const quota = newQuota();
  for (let client = 0; client < 100; client += 1) {
    quota.add(`client-${client}`, skus('no', 1, false));
    quota.remove(`client-${client}`, ['no-0']);
  }
  expect((quota as unknown as { byPeer: Map<string, unknown> }).byPeer.size).toBe(0);
});
