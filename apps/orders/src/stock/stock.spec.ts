import { type Stock, StockCache } from './stock';

const at = (seconds: number): Date => new Date(seconds * 1_000);
const stockOf = (sku: string, available: number, seconds = 0): Stock => ({
  sku,
  available,
  asOf: at(seconds),
});
const cacheOf = (skus: readonly string[], maxSkus = 3): StockCache => {
  const cache = new StockCache(maxSkus);
  for (const sku of skus) cache.set([stockOf(sku, 1)]);
  return cache;
};

describe('StockCache', () => {
  it('returns the last answer for a SKU', () => {
    const cache = cacheOf(['a']);
    cache.set([stockOf('a', 7, 1)]);
    expect(cache.get('a')).toEqual(stockOf('a', 7, 1));
    expect(cache.get('b')).toBeUndefined();
  });

  it('ignores an answer that was asked for before the cached one', () => {
    const cache = cacheOf([]);
    cache.set([stockOf('a', 7, 2)]);
    cache.set([stockOf('a', 9, 1)]);
    expect(cache.get('a')).toEqual(stockOf('a', 7, 2));
  });

  it('evicts the oldest answers beyond its limit', () => {
    const cache = cacheOf(['a', 'b', 'c']);
    cache.set([stockOf('a', 2, 1), stockOf('d', 1, 1)]);
    expect(['a', 'b', 'c', 'd'].filter((sku) => cache.get(sku))).toEqual(['a', 'c', 'd']);
  });

  it('finds a SKU that differs only in case, also after a change', () => {
    const cache = cacheOf(['burger', 'Pizza']);
    expect(['BURGER', 'pizza', 'burger', 'burgers'].map((sku) => cache.findSimilar(sku))).toEqual([
      'burger',
      'Pizza',
      undefined,
      undefined,
    ]);
    cache.set([stockOf('salad', 1)]);
    cache.delete('burger');
    expect(['Salad', 'BURGER'].map((sku) => cache.findSimilar(sku))).toEqual(['salad', undefined]);
  });

  it('forgets a SKU that is deleted', () => {
    const cache = cacheOf(['a', 'b']);
    cache.markComplete();
    expect(cache.page({ after: '', prefix: '' }, 10)?.items).toHaveLength(2);
    cache.delete('a');
    expect(cache.get('a')).toBeUndefined();
    expect(cache.page({ after: '', prefix: '' }, 10)?.items).toEqual([stockOf('b', 1)]);
  });

  it('returns pages in byte order, as Inventory does, without leaving a SKU out', () => {
    const cache = cacheOf(['b', 'B', 'a', '_', '1'], 10);
    cache.markComplete();
    const first = cache.page({ after: '', prefix: '' }, 3);
    expect(first).toMatchObject({
      items: [{ sku: '1' }, { sku: 'B' }, { sku: '_' }],
      next: '_',
    });
    const last = cache.page({ after: '_', prefix: '' }, 3);
    expect(last?.items.map(({ sku }) => sku)).toEqual(['a', 'b']);
    expect(last?.next).toBeUndefined();
    expect(cache.page({ after: '_', prefix: '' }, 2)?.next).toBeUndefined();
  });

  it('returns pages with SKUs that were added later', () => {
    const cache = cacheOf(['a', 'c']);
    cache.markComplete();
    cache.page({ after: '', prefix: '' }, 3);
    cache.set([stockOf('b', 1)]);
    expect(cache.page({ after: '', prefix: '' }, 3)?.items.map(({ sku }) => sku)).toEqual([
      'a',
      'b',
      'c',
    ]);
  });

  it('returns no page before it is complete, nor after an eviction', () => {
    const cache = cacheOf(['a', 'b', 'c']);
    expect(cache.page({ after: '', prefix: '' }, 3)).toBeUndefined();
    cache.markComplete();
    expect(cache.page({ after: '', prefix: '' }, 3)).toBeDefined();
    cache.set([stockOf('d', 1)]);
    expect(cache.page({ after: '', prefix: '' }, 3)).toBeUndefined();
  });
});
