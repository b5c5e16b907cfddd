import type { Page } from '@app/contracts';
import type { InventoryAvailability } from '../inventory/inventory-availability';
import type { Stock } from './stock';
import type { StockClient } from './stock.client';
import type { ClockService } from '../clock/clock.service';
import { StockViewService } from './stock-view.service';

/** An Inventory with these SKUs. It counts its calls and can fail, with or without being detected. */
const inventoryWith = (skus: readonly string[]) => {
  const state = { isResponsive: true, fails: false, calls: 0 };
  const reply = (page: (asOf: Date) => Page<Stock>): Promise<Page<Stock> | undefined> => {
    state.calls += 1;
    return Promise.resolve(state.fails ? undefined : page(new Date()));
  };
  const pageOf = (chosen: readonly string[], next?: string) => (asOf: Date) => ({
    items: chosen.map((sku) => ({ sku, available: 1, asOf })),
    next,
  });
  const client: Pick<StockClient, 'find' | 'page'> = {
    find: (wanted) => reply(pageOf(wanted.filter((sku) => skus.includes(sku)))),
    page: ({ after, prefix }, limit) => {
      const rest = skus.filter((sku) => sku > after && sku.startsWith(prefix));
      const page = rest.slice(0, limit);
      return reply(pageOf(page, rest.length > limit ? page.at(-1) : undefined));
    },
  };
  const stock = new StockViewService(
    client as StockClient,
    state as unknown as InventoryAvailability,
    { recordInventoryTime: () => undefined } as unknown as ClockService,
  );
  return { state, stock };
};

const FIRST = { after: '', prefix: '' };

/** SKUs that sort by their number. */
const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `sku-${String(index).padStart(6, '0')}`);

const refreshAll = async (stock: StockViewService): Promise<void> => {
  while (await stock.refresh()) continue;
};

let now: jest.SpyInstance<number>;

beforeEach(() => {
  now = jest.spyOn(performance, 'now').mockReturnValue(10_000);
});

afterEach(() => now.mockRestore());

it('caches every SKU with a refresh, also those that no request has read', async () => {
  const { state, stock } = inventoryWith(numbered(1_200));
  await refreshAll(stock);
  expect(state.calls).toBe(3);
  state.isResponsive = false;
  expect(await stock.get('sku-001199')).toMatchObject({ available: 1, stale: true });
  expect(await stock.page({ after: 'sku-001197', prefix: '' }, 5)).toMatchObject({
    items: [{ sku: 'sku-001198', stale: true }, { sku: 'sku-001199' }],
    next: undefined,
  });
});

it('starts a refresh every 3 seconds', async () => {
  const { state, stock } = inventoryWith(['a']);
  await refreshAll(stock);
  await refreshAll(stock);
  expect(state.calls).toBe(1);
  now.mockReturnValue(13_000);
  await refreshAll(stock);
  expect(state.calls).toBe(2);
});

it('returns the cached stock without a call while Inventory does not respond', async () => {
  const { state, stock } = inventoryWith(['a']);
  await refreshAll(stock);
  state.isResponsive = false;
  expect(await stock.get('a')).toMatchObject({ stale: true });
  expect(await stock.page(FIRST, 5)).toMatchObject({ items: [{ stale: true }] });
  expect(state.calls).toBe(1);
  state.isResponsive = true;
  expect(await stock.get('a')).toMatchObject({ stale: false });
});

it('returns the cached stock after a call that fails', async () => {
  const { state, stock } = inventoryWith(['a']);
  await refreshAll(stock);
  state.fails = true;
  expect(await stock.get('a')).toMatchObject({ stale: true });
  expect(await stock.page(FIRST, 5)).toMatchObject({ items: [{ stale: true }] });
  expect(state.calls).toBe(3);
});

it('refreshes as soon as Inventory responds again', async () => {
  const { state, stock } = inventoryWith(['a']);
  state.isResponsive = false;
  await refreshAll(stock);
  expect(state.calls).toBe(0);
  state.isResponsive = true;
  await refreshAll(stock);
  expect(state.calls).toBe(1);
});

it('returns no cached page if Inventory has more SKUs than the cache', async () => {
  const { state, stock } = inventoryWith(numbered(10_001));
  await refreshAll(stock);
  expect(state.calls).toBe(20);
  expect(await stock.get('sku-010000')).toMatchObject({ stale: false });
  state.isResponsive = false;
  expect(await stock.get('sku-010000')).toMatchObject({ stale: true });
  await expect(stock.page(FIRST, 5)).rejects.toMatchObject({ reason: 'INVENTORY_UNAVAILABLE' });
});

it('removes a SKU from the cache once Inventory does not know it', async () => {
  const skus = ['a', 'b'];
  const { state, stock } = inventoryWith(skus);
  await refreshAll(stock);
  skus.pop();
  await expect(stock.get('b')).rejects.toMatchObject({ reason: 'SKU_NOT_FOUND' });
  state.isResponsive = false;
  await expect(stock.get('b')).rejects.toMatchObject({ reason: 'INVENTORY_UNAVAILABLE' });
});

it('returns the known ones of a list of SKUs once, in their order', async () => {
  const { stock } = inventoryWith(['b', 'a', 'c']);
  expect(await stock.find(['c', 'x', 'a', 'c'])).toMatchObject({
    items: [{ sku: 'a' }, { sku: 'c' }],
    stale: false,
  });
});

it('returns a list of cached SKUs if it knows of each whether there is one', async () => {
  const { state, stock } = inventoryWith(['a', 'b', ...numbered(10_000)]);
  await stock.find(['a', 'b']);
  state.isResponsive = false;
  expect(await stock.find(['b', 'a'])).toMatchObject({
    items: [
      { sku: 'a', stale: true },
      { sku: 'b', stale: true },
    ],
    stale: true,
  });
  await expect(stock.find(['a', 'x'])).rejects.toMatchObject({ reason: 'INVENTORY_UNAVAILABLE' });
  const complete = inventoryWith(['a', 'b']);
  await refreshAll(complete.stock);
  complete.state.isResponsive = false;
  expect(await complete.stock.find(['x', 'a'])).toMatchObject({
    items: [{ sku: 'a', stale: true }],
  });
});

it('says of an empty page, too, whether it comes from the cache', async () => {
  const { state, stock } = inventoryWith(['a']);
  await refreshAll(stock);
  const start = { after: '', prefix: 'b' };
  expect(await stock.page(start, 5)).toEqual({ items: [], next: undefined, stale: false });
  expect(await stock.find(['b'])).toMatchObject({ items: [], stale: false });
  state.isResponsive = false;
  expect(await stock.page(start, 5)).toEqual({ items: [], next: undefined, stale: true });
  expect(await stock.find(['b'])).toMatchObject({ items: [], stale: true });
});

it('returns the cached SKUs of a prefix', async () => {
  const { state, stock } = inventoryWith(['a', 'b', 'b-1', 'b-2', 'c']);
  await refreshAll(stock);
  state.isResponsive = false;
  const page = await stock.page({ after: '', prefix: 'b' }, 2);
  expect(page).toMatchObject({ items: [{ sku: 'b' }, { sku: 'b-1' }], next: 'b-1' });
  expect(await stock.page({ after: 'b-1', prefix: 'b' }, 2)).toMatchObject({
    items: [{ sku: 'b-2' }],
    next: undefined,
  });
});
