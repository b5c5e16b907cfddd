import { Presence, type Stock, StockCache } from './stock';

const at = (seconds: number): Date => new Date(seconds * 1_000);
const said = (sku: string, available: number, seconds = 0): Stock => ({
  sku,
  available,
  asOf: at(seconds),
});
const knowing = (skus: readonly string[], maxSkus = 3): StockCache => {
  const knowledge = new StockCache(maxSkus);
  for (const sku of skus) knowledge.set([said(sku, 1)]);
  return knowledge;
};

describe('what is known', () => {
  it('is what Inventory said last', () => {
    const knowledge = knowing(['a']);
    knowledge.set([said('a', 7, 1)]);
    expect(knowledge.get('a')).toEqual(said('a', 7, 1));
    expect(knowledge.get('b')).toBeUndefined();
  });

  it('is not undone by an answer that was asked for earlier and came later', () => {
    const knowledge = knowing([]);
    knowledge.set([said('a', 7, 2)]);
    knowledge.set([said('a', 9, 1)]);
    expect(knowledge.get('a')).toEqual(said('a', 7, 2));
  });

  it('is bounded: what was said the longest ago is forgotten', () => {
    const knowledge = knowing(['a', 'b', 'c']);
    knowledge.set([said('a', 2, 1), said('d', 1, 1)]);
    expect(['a', 'b', 'c', 'd'].filter((sku) => knowledge.get(sku))).toEqual(['a', 'c', 'd']);
  });

  it('is nothing of a SKU that Inventory does not know any more', () => {
    const knowledge = knowing(['a', 'b']);
    knowledge.markComplete();
    expect(knowledge.page('', 10)?.stock).toHaveLength(2);
    knowledge.delete('a');
    expect(knowledge.get('a')).toBeUndefined();
    expect(knowledge.page('', 10)?.stock).toEqual([said('b', 1)]);
  });
});

describe('pages of what is known', () => {
  it('are in the order of bytes, as those of Inventory are, and leave nothing out', () => {
    const knowledge = knowing(['b', 'B', 'a', '_', '1'], 10);
    knowledge.markComplete();
    const first = knowledge.page('', 3);
    expect(first).toMatchObject({
      stock: [{ sku: '1' }, { sku: 'B' }, { sku: '_' }],
      next: '_',
    });
    const last = knowledge.page('_', 3);
    expect(last?.stock.map(({ sku }) => sku)).toEqual(['a', 'b']);
    expect(last?.next).toBeUndefined();
    expect(knowledge.page('_', 2)?.next).toBeUndefined();
  });

  it('have what was learnt since', () => {
    const knowledge = knowing(['a', 'c']);
    knowledge.markComplete();
    knowledge.page('', 3);
    knowledge.set([said('b', 1)]);
    expect(knowledge.page('', 3)?.stock.map(({ sku }) => sku)).toEqual(['a', 'b', 'c']);
  });

  it('are not there before all is known, nor after some of it had to be forgotten', () => {
    const knowledge = knowing(['a', 'b', 'c']);
    expect(knowledge.page('', 3)).toBeUndefined();
    knowledge.markComplete();
    expect(knowledge.page('', 3)).toBeDefined();
    knowledge.set([said('d', 1)]);
    expect(knowledge.page('', 3)).toBeUndefined();
  });
});

describe('Inventory', () => {
  it('is away after a call without an answer, and there again with the next answer', () => {
    const presence = new Presence();
    expect(presence.isAway).toBe(false);
    presence.gaveNoAnswer(0);
    expect(presence.isAway).toBe(true);
    presence.answered(1);
    expect(presence.isAway).toBe(false);
  });

  it('is not away for a slow call when it has answered another one meanwhile', () => {
    const presence = new Presence();
    presence.answered(5);
    presence.gaveNoAnswer(4);
    expect(presence.isAway).toBe(false);
    presence.gaveNoAnswer(6);
    expect(presence.isAway).toBe(true);
  });
});
