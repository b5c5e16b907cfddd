import type { StockClient } from './stock.client';
import type { StockPage } from './stock';
import { StockService } from './stock.service';

/** Inventory with these SKUs, which counts what it is asked and can be sent away. */
const inventoryWith = (skus: readonly string[]) => {
  const state = { isAway: false, asked: 0 };
  const answer = (page: (asOf: Date) => StockPage): Promise<StockPage | undefined> => {
    state.asked += 1;
    return Promise.resolve(state.isAway ? undefined : page(new Date()));
  };
  const pageOf = (chosen: readonly string[], next?: string) => (asOf: Date) => ({
    stock: chosen.map((sku) => ({ sku, available: 1, asOf })),
    next,
  });
  const client: Pick<StockClient, 'find' | 'page'> = {
    find: (sku) => answer(pageOf(skus.filter((known) => known === sku))),
    page: (after, limit) => {
      const rest = skus.filter((sku) => sku > after);
      const page = rest.slice(0, limit);
      return answer(pageOf(page, rest.length > limit ? page.at(-1) : undefined));
    },
  };
  return { state, stock: new StockService(client as StockClient) };
};

/** SKUs that sort as they are numbered. */
const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `sku-${String(index).padStart(6, '0')}`);

const wholeRound = async (stock: StockService): Promise<void> => {
  while (await stock.refresh()) continue;
};

let now: jest.SpyInstance<number>;

beforeEach(() => {
  now = jest.spyOn(performance, 'now').mockReturnValue(10_000);
});

afterEach(() => now.mockRestore());

it('a round through all SKUs makes those known that nobody has asked for', async () => {
  const { state, stock } = inventoryWith(numbered(1_200));
  await wholeRound(stock);
  expect(state.asked).toBe(3);
  state.isAway = true;
  expect(await stock.get('sku-001199')).toMatchObject({ available: 1, stale: true });
  expect(await stock.page('sku-001197', 5)).toMatchObject({
    stock: [{ sku: 'sku-001198', stale: true }, { sku: 'sku-001199' }],
    next: undefined,
  });
});

it('rounds begin 3 seconds after each other, and not before', async () => {
  const { state, stock } = inventoryWith(['a']);
  await wholeRound(stock);
  await wholeRound(stock);
  expect(state.asked).toBe(1);
  now.mockReturnValue(13_000);
  await wholeRound(stock);
  expect(state.asked).toBe(2);
});

it('after one call without an answer only the refresh asks, at once and until there is one', async () => {
  const { state, stock } = inventoryWith(['a']);
  await wholeRound(stock);
  state.isAway = true;
  now.mockReturnValue(10_001);
  await stock.get('a');
  expect(state.asked).toBe(2);
  expect(await stock.get('a')).toMatchObject({ stale: true });
  expect(await stock.page('', 5)).toMatchObject({ stock: [{ stale: true }] });
  expect(state.asked).toBe(2);
  expect(await stock.refresh()).toBe(false);
  expect(state.asked).toBe(3);
  state.isAway = false;
  expect(await stock.get('a')).toMatchObject({ stale: true });
  await stock.refresh();
  expect(await stock.get('a')).toMatchObject({ stale: false });
});

it('a page of what is known is refused where Inventory has more SKUs than are kept', async () => {
  const { state, stock } = inventoryWith(numbered(10_001));
  await wholeRound(stock);
  expect(state.asked).toBe(20);
  expect(await stock.get('sku-010000')).toMatchObject({ stale: false });
  state.isAway = true;
  now.mockReturnValue(10_001);
  expect(await stock.get('sku-010000')).toMatchObject({ stale: true });
  await expect(stock.page('', 5)).rejects.toMatchObject({ reason: 'INVENTORY_UNAVAILABLE' });
});

it('what Inventory does not know is not found, also when it was known before', async () => {
  const skus = ['a', 'b'];
  const { state, stock } = inventoryWith(skus);
  await wholeRound(stock);
  skus.pop();
  await expect(stock.get('b')).rejects.toMatchObject({ reason: 'SKU_NOT_FOUND' });
  state.isAway = true;
  now.mockReturnValue(10_001);
  await expect(stock.get('b')).rejects.toMatchObject({ reason: 'INVENTORY_UNAVAILABLE' });
});
