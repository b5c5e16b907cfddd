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
export interface ToldStock extends Stock {
  /** Whether it is what Inventory said last, since it gives no answer now. */
  readonly stale: boolean;
}

/** The order of SKUs in Inventory: that of their bytes. */
const bySku = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/**
 * The last that Inventory said, of a bounded number of SKUs. Where there is no more room, what was
 * said the longest ago is forgotten.
 */
export class StockKnowledge {
  private readonly known = new Map<string, Stock>();
  private inOrder: string[] | undefined;
  private isWhole = false;

  constructor(private readonly maxSkus: number) {}

  /** Answers may overtake each other: what was asked for later is believed. */
  learn(answer: readonly Stock[]): void {
    for (const stock of answer) {
      const before = this.known.get(stock.sku);
      if (before && before.asOf > stock.asOf) continue;
      if (!before) this.inOrder = undefined;
      // Goes to the end, so that the first is always the one of the longest ago.
      this.known.delete(stock.sku);
      this.known.set(stock.sku, stock);
    }
    for (const sku of this.known.keys()) {
      if (this.known.size <= this.maxSkus) break;
      this.forget(sku);
      this.isWhole = false;
    }
  }

  /** Inventory does not know it. */
  forget(sku: string): void {
    if (this.known.delete(sku)) this.inOrder = undefined;
  }

  /** From now on, what is known is all that there was, unless something of it is lost again. */
  becomeWhole(): void {
    this.isWhole = true;
  }

  of(sku: string): Stock | undefined {
    return this.known.get(sku);
  }

  /** A page that leaves nothing out; or none, where not everything is known. */
  page(after: string, limit: number): StockPage | undefined {
    if (!this.isWhole) return undefined;
    this.inOrder ??= [...this.known.keys()].sort(bySku);
    const rest = this.inOrder.filter((sku) => sku > after);
    const skus = rest.slice(0, limit);
    return {
      stock: skus.flatMap((sku) => this.known.get(sku) ?? []),
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
