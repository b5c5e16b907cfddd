/** What Inventory said of one SKU. */
export interface Stock {
  readonly sku: string;
  /** Units that a new order may still take. */
  readonly available: number;
  /** When Inventory was asked: it has said so then or a moment later. */
  readonly asOf: Date;
}

/** In SKU order. */
export interface StockPage<Each extends Stock = Stock> {
  readonly stock: readonly Each[];
  /** The SKU to go on behind. Undefined: this was the last page. */
  readonly next: string | undefined;
}

/** What a caller is told. */
export interface StockView extends Stock {
  /** Whether it is what Inventory said last, since it gives no answer now. */
  readonly stale: boolean;
}

/** The order of SKUs in Inventory: that of their bytes. */
const bySku = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/**
 * The last that Inventory said, of a bounded number of SKUs. Where there is no more room, what was
 * said the longest ago is forgotten.
 */
export class StockCache {
  private readonly entries = new Map<string, Stock>();
  private sortedSkus: string[] | undefined;
  private isComplete = false;

  constructor(private readonly maxSkus: number) {}

  /** Answers may overtake each other: what was asked for later is believed. */
  set(answer: readonly Stock[]): void {
    for (const stock of answer) {
      const before = this.entries.get(stock.sku);
      if (before && before.asOf > stock.asOf) continue;
      if (!before) this.sortedSkus = undefined;
      // Goes to the end, so that the first is always the one of the longest ago.
      this.entries.delete(stock.sku);
      this.entries.set(stock.sku, stock);
    }
    for (const sku of this.entries.keys()) {
      if (this.entries.size <= this.maxSkus) break;
      this.delete(sku);
      this.isComplete = false;
    }
  }

  /** Inventory does not know it. */
  delete(sku: string): void {
    if (this.entries.delete(sku)) this.sortedSkus = undefined;
  }

  /** From now on, what is known is all that there was, unless something of it is lost again. */
  markComplete(): void {
    this.isComplete = true;
  }

  get(sku: string): Stock | undefined {
    return this.entries.get(sku);
  }

  /** A page that leaves nothing out; or none, where not everything is known. */
  page(after: string, limit: number): StockPage | undefined {
    if (!this.isComplete) return undefined;
    this.sortedSkus ??= [...this.entries.keys()].sort(bySku);
    const rest = this.sortedSkus.filter((sku) => sku > after);
    const skus = rest.slice(0, limit);
    return {
      stock: skus.flatMap((sku) => this.entries.get(sku) ?? []),
      next: rest.length > limit ? skus.at(-1) : undefined,
    };
  }
}

/**
 * Whether it is worth while to ask Inventory. It is away when a call got no answer, unless another
 * one got an answer meanwhile: then Inventory is there, and that one call was slow.
 */
export class Presence {
  private isThere = true;
  private answeredAtMs = -Infinity;

  get isAway(): boolean {
    return !this.isThere;
  }

  answered(nowMs: number): void {
    this.isThere = true;
    this.answeredAtMs = nowMs;
  }

  gaveNoAnswer(askedAtMs: number): void {
    if (this.answeredAtMs < askedAtMs) this.isThere = false;
  }
}
