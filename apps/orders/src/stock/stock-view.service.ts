import { Injectable } from '@nestjs/common';
import type { Page } from '@app/contracts';
import { ClockService } from '../clock/clock.service';
import { InventoryAvailability } from '../inventory/inventory-availability';
import {
  bySku,
  type Stock,
  StockCache,
  type StockStart,
  type StockView,
  type StockViewPage,
} from './stock';
import { inventoryUnavailable, skuNotFound } from './stock-errors';
import { StockClient, type StockPage } from './stock.client';

/** How long a request waits for Inventory. */
const READ_TIMEOUT_MS = 200;
/** Some 2 MB. */
const MAX_CACHED_SKUS = 10_000;

const REFRESH_PAGE_SIZE = 500;
/**
 * Too short to count as a failure of Inventory (`InventoryAvailability`): reads wait in a lane of their
 * own there, which says nothing about reservations.
 */
const REFRESH_TIMEOUT_MS = 240;
/** From the start of one refresh of all SKUs to the start of the next. */
const REFRESH_INTERVAL_MS = 3_000;

/** Returns the available stock: from Inventory, or from a cache while Inventory is unavailable. */
@Injectable()
export class StockViewService {
  private readonly cache = new StockCache(MAX_CACHED_SKUS);
  /** How far the refresh has come: after which SKU it goes on, and how many it has read. */
  private refreshed = { after: '', count: 0 };
  private nextRefreshAtMs = 0;

  constructor(
    private readonly client: StockClient,
    private readonly availability: InventoryAvailability,
    private readonly clock: ClockService,
  ) {}

  /** Returns one SKU. Throws SKU_NOT_FOUND, and INVENTORY_UNAVAILABLE if it is not cached either. */
  async get(sku: string): Promise<StockView> {
    const answer = await this.fetch(() => this.client.find([sku], READ_TIMEOUT_MS));
    if (!answer) return stale(this.cache.get(sku) ?? throwUnavailable());
    const [stock] = answer.items;
    if (stock) return live(stock);
    this.cache.delete(sku);
    throw skuNotFound(sku, this.findSimilarSku(sku));
  }

  /** Returns a cached SKU that differs from an unknown one only in case, or undefined. */
  findSimilarSku(sku: string): string | undefined {
    return this.cache.findSimilar(sku);
  }

  /**
   * Returns those of the SKUs, at most LIMITS.maxLines, that Inventory knows, in their order and in one page.
   * Throws INVENTORY_UNAVAILABLE if it is not known of each.
   */
  async find(skus: readonly string[]): Promise<StockViewPage> {
    const sorted = [...new Set(skus)].sort(bySku);
    const answer = await this.fetch(() => this.client.find(sorted, READ_TIMEOUT_MS));
    if (answer) return livePage(answer);
    return stalePage({ items: this.cache.find(sorted) ?? throwUnavailable(), next: undefined });
  }

  /** Returns a page of SKUs. Throws INVENTORY_UNAVAILABLE without a complete cache. */
  async page(start: StockStart, limit: number): Promise<StockViewPage> {
    const answer = await this.fetch(() => this.client.page(start, limit, READ_TIMEOUT_MS));
    if (answer) return livePage(answer);
    return stalePage(this.cache.page(start, limit) ?? throwUnavailable());
  }

  /**
   * Reads the next page of all SKUs into the cache, if a refresh is due and Inventory is available.
   * Returns whether there is another page to read now.
   */
  async refresh(): Promise<boolean> {
    const { after, count } = this.refreshed;
    const nowMs = performance.now();
    if (after === '' && nowMs < this.nextRefreshAtMs) return false;
    const answer = await this.fetch(() =>
      this.client.page({ after, prefix: '' }, REFRESH_PAGE_SIZE, REFRESH_TIMEOUT_MS),
    );
    if (!answer) return false;
    if (after === '') this.nextRefreshAtMs = nowMs + REFRESH_INTERVAL_MS;
    const { items, next } = answer;
    const countNow = count + items.length;
    if (next === undefined && countNow <= MAX_CACHED_SKUS) this.cache.markComplete();
    const hasMore = next !== undefined && countNow < MAX_CACHED_SKUS;
    this.refreshed = hasMore ? { after: next, count: countNow } : { after: '', count: 0 };
    return hasMore;
  }

  /** Asks Inventory and caches the answer. Undefined at once while Inventory does not respond. */
  private async fetch(
    call: () => Promise<StockPage | undefined>,
  ): Promise<Page<Stock> | undefined> {
    if (!this.availability.isResponsive) return undefined;
    const sentMs = performance.now();
    const answer = await call();
    if (answer) this.cache.set(answer.items);
    if (answer?.inventoryTime) this.clock.recordInventoryTime(answer.inventoryTime, sentMs);
    return answer;
  }
}

const live = (stock: Stock): StockView => ({ ...stock, stale: false });
const stale = (stock: Stock): StockView => ({ ...stock, stale: true });

const livePage = ({ items, next }: Page<Stock>): StockViewPage => ({
  items: items.map(live),
  next,
  stale: false,
});
const stalePage = ({ items, next }: Page<Stock>): StockViewPage => ({
  items: items.map(stale),
  next,
  stale: true,
});

const throwUnavailable = (): never => {
  throw inventoryUnavailable();
};
