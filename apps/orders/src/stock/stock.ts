import { type Page, pageOf } from '@app/contracts';

/** What Inventory reported about one SKU. */
export interface Stock {
  readonly sku: string;
  /** Units that a new order can take. */
  readonly available: number;
  /** When Inventory was asked. Its answer is from then or a moment later. */
  readonly asOf: Date;
}

export interface StockView extends Stock {
  /** Whether this comes from the cache, because Inventory is unavailable. */
  readonly stale: boolean;
}

export interface StockViewPage extends Page<StockView> {
  /** Whether this comes from the cache. SKUs that are not in the cache yet are absent then. */
  readonly stale: boolean;
}

/** Where a page of SKUs begins. */
export interface StockStart {
  /** The SKU before the first one. Empty: none. */
  readonly after: string;
  /** What the SKUs begin with. Empty: anything. */
  readonly prefix: string;
}

/** The order of SKUs in Inventory: byte order. */
export const bySku = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** The last answers of Inventory for a bounded number of SKUs. The oldest answer is evicted first. */
export class StockCache {
  private readonly entries = new Map<string, Stock>();
  private sortedSkus: string[] | undefined;
  /** SKUs by their lowercase form, made when it is needed. */
  private skusByLowerCase: Map<string, string> | undefined;
  private isComplete = false;

  constructor(private readonly maxSkus: number) {}

  /** Stores an answer. For each SKU the answer that was asked for last wins, whenever it arrives. */
  set(answer: readonly Stock[]): void {
    for (const stock of answer) {
      const before = this.entries.get(stock.sku);
      if (before && before.asOf > stock.asOf) continue;
      if (!before) this.forgetSkus();
      // Moves the SKU to the end, so that the first entry is always the oldest.
      this.entries.delete(stock.sku);
      this.entries.set(stock.sku, stock);
    }
    for (const sku of this.entries.keys()) {
      if (this.entries.size <= this.maxSkus) break;
      this.delete(sku);
      this.isComplete = false;
    }
  }

  /** Removes a SKU that Inventory does not know. */
  delete(sku: string): void {
    if (this.entries.delete(sku)) this.forgetSkus();
  }

  /** Declares that the cache has every SKU of Inventory. An eviction revokes that. */
  markComplete(): void {
    this.isComplete = true;
  }

  /** Returns the last answer for a SKU, or undefined. */
  get(sku: string): Stock | undefined {
    return this.entries.get(sku);
  }

  /** Returns the last answers for SKUs that are known, or undefined unless it is known of each. */
  find(skus: readonly string[]): Stock[] | undefined {
    const found = skus.flatMap((sku) => this.entries.get(sku) ?? []);
    return found.length === skus.length || this.isComplete ? found : undefined;
  }

  /** Returns a SKU that differs from another one only in case, or undefined. */
  findSimilar(sku: string): string | undefined {
    this.skusByLowerCase ??= new Map(
      Array.from(this.entries.keys(), (each) => [each.toLowerCase(), each]),
    );
    const similar = this.skusByLowerCase.get(sku.toLowerCase());
    return similar === sku ? undefined : similar;
  }

  private forgetSkus(): void {
    this.sortedSkus = undefined;
    this.skusByLowerCase = undefined;
  }

  /** Returns a page of SKUs, or undefined unless the cache is complete. */
  page({ after, prefix }: StockStart, limit: number): Page<Stock> | undefined {
    if (!this.isComplete) return undefined;
    this.sortedSkus ??= [...this.entries.keys()].sort(bySku);
    const rest = this.sortedSkus.filter((sku) => sku > after && sku.startsWith(prefix));
    const stock = rest.slice(0, limit + 1).flatMap((sku) => this.entries.get(sku) ?? []);
    return pageOf(stock, limit, ({ sku }) => sku);
  }
}
