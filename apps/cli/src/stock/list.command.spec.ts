import type { StockLevel } from '@app/contracts';
import { filterByPrefix, formatTable } from './list.command';

const level = (sku: string, more: Partial<StockLevel> = {}): StockLevel => ({
  sku,
  onHand: 5,
  reserved: 2,
  available: 3,
  known: true,
  shortfall: 0,
  seq: 1,
  ...more,
});

let pagesRead: number;

async function* pagesOf(...pages: (readonly StockLevel[])[]) {
  pagesRead = 0;
  for (const page of pages) {
    pagesRead += 1;
    yield await Promise.resolve(page);
  }
}

const all = async <Item>(items: AsyncIterable<Item>): Promise<Item[]> => {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
};

it('is aligned and marks a shortfall and a low stock', async () => {
  const short = level('pizza', { onHand: 1_000_000, reserved: 1_000_001, shortfall: 1 });
  const threshold = { lowAt: 3, replenishedAt: 9, low: true };
  const low = level('salad', { threshold });
  const high = level('soup', { threshold: { ...threshold, low: false } });
  expect(await all(formatTable(pagesOf([level('burger'), short, low, high])))).toEqual([
    'SKU                  ON HAND    RESERVED   AVAILABLE',
    'burger                     5           2           3',
    'pizza                1000000     1000001           3  1 short',
    'salad                      5           2           3  low',
    'soup                       5           2           3',
  ]);
});

it('states that no SKU matches', async () => {
  expect(await all(formatTable(pagesOf([])))).toEqual(['No SKU matches.']);
});

it('contains the SKUs with the prefix and reads no further page', async () => {
  const pages = pagesOf([level('a'), level('b')], [level('b-1'), level('c')], [level('d')]);
  const found = (await all(filterByPrefix('b', pages))).flat().map(({ sku }) => sku);
  expect(found).toEqual(['b', 'b-1']);
  expect(pagesRead).toBe(2);
});

it('contains every SKU without a prefix', async () => {
  const pages = pagesOf([level('a')], [level('b')]);
  expect((await all(filterByPrefix('', pages))).flat()).toHaveLength(2);
});
