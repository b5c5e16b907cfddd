import { Injectable } from '@nestjs/common';
import { ServiceError } from '@app/errors';
import { StockClient } from './stock.client';
import { Presence, type Stock, StockCache, type StockPage, type StockView } from './stock';

/** How long a caller may wait for Inventory. */
const READ_TIMEOUT_MS = 200;
/** SKUs of which the last knowledge is kept: some 2 MB. */
const MAX_CACHED_SKUS = 10_000;

const REFRESH_PAGE_SIZE = 500;
const REFRESH_TIMEOUT_MS = 500;
/** From the start of one round through all SKUs to that of the next. */
const REFRESH_INTERVAL_MS = 3_000;

/** Tells what can be ordered, from the last that is known while Inventory gives no answer. */
@Injectable()
export class StockService {
  private readonly cache = new StockCache(MAX_CACHED_SKUS);
  private readonly presence = new Presence();
  private round = { behind: '', seen: 0, nextAtMs: 0 };

  constructor(private readonly client: StockClient) {}

  /** Throws SKU_NOT_FOUND when Inventory says that there is none. */
  async get(sku: string): Promise<StockView> {
    const answer = await this.fetchUnlessUnavailable(() => this.client.find(sku, READ_TIMEOUT_MS));
    if (!answer) return stale(this.cache.get(sku) ?? unavailable());
    const [stock] = answer.stock;
    if (stock) return live(stock);
    this.cache.delete(sku);
    throw new ServiceError('SKU_NOT_FOUND', `There is no SKU ${sku}.`);
  }

  /** SKUs in their order, behind one of them. */
  async page(after: string, limit: number): Promise<StockPage<StockView>> {
    const answer = await this.fetchUnlessUnavailable(() =>
      this.client.page(after, limit, READ_TIMEOUT_MS),
    );
    if (answer) return { ...answer, stock: answer.stock.map(live) };
    const known = this.cache.page(after, limit) ?? unavailable();
    return { ...known, stock: known.stock.map(stale) };
  }

  /**
   * One step of a round through all SKUs, so that those are known that nobody has asked for. While
   * Inventory is away it is what finds it again: nobody else asks. Gives whether to go on at once.
   */
  async refresh(): Promise<boolean> {
    const { behind, seen } = this.round;
    const isDue = behind !== '' || performance.now() >= this.round.nextAtMs;
    if (!isDue && !this.presence.isAway) return false;
    if (behind === '') this.round.nextAtMs = performance.now() + REFRESH_INTERVAL_MS;
    const answer = await this.fetch(() =>
      this.client.page(behind, REFRESH_PAGE_SIZE, REFRESH_TIMEOUT_MS),
    );
    if (!answer) return false;
    const seenNow = seen + answer.stock.length;
    if (answer.next === undefined && seenNow <= MAX_CACHED_SKUS) this.cache.markComplete();
    const hasMore = answer.next !== undefined && seenNow < MAX_CACHED_SKUS;
    this.round.behind = hasMore ? answer.next : '';
    this.round.seen = hasMore ? seenNow : 0;
    return hasMore;
  }

  /** While Inventory is away, callers do not wait for it. */
  private async fetchUnlessUnavailable(
    call: () => Promise<StockPage | undefined>,
  ): Promise<StockPage | undefined> {
    return this.presence.isAway ? undefined : this.fetch(call);
  }

  private async fetch(call: () => Promise<StockPage | undefined>): Promise<StockPage | undefined> {
    const askedAtMs = performance.now();
    const answer = await call();
    if (answer) {
      this.presence.answered(performance.now());
      this.cache.set(answer.stock);
    } else {
      this.presence.gaveNoAnswer(askedAtMs);
    }
    return answer;
  }
}

const live = (stock: Stock): StockView => ({ ...stock, stale: false });
const stale = (stock: Stock): StockView => ({ ...stock, stale: true });

const unavailable = (): never => {
  throw new ServiceError(
    'INVENTORY_UNAVAILABLE',
    'Inventory gives no answer, and what it said before does not tell. Try again shortly.',
  );
};
