import { Injectable } from '@nestjs/common';
import { ServiceError } from '@app/errors';
import { StockClient } from './stock.client';
import { Presence, type Stock, StockKnowledge, type StockPage, type ToldStock } from './stock';

/** How long a caller may wait for Inventory. */
const ANSWER_WITHIN_MS = 200;
/** SKUs of which the last knowledge is kept: some 2 MB. */
const MAX_SKUS = 10_000;

const REFRESH_PAGE_SIZE = 500;
const REFRESH_ANSWER_WITHIN_MS = 500;
/** From the start of one round through all SKUs to that of the next. */
const ROUND_EVERY_MS = 3_000;

/** Tells what can be ordered, from the last that is known while Inventory gives no answer. */
@Injectable()
export class StockService {
  private readonly knowledge = new StockKnowledge(MAX_SKUS);
  private readonly presence = new Presence();
  private round = { behind: '', seen: 0, nextAtMs: 0 };

  constructor(private readonly inventory: StockClient) {}

  /** Throws SKU_NOT_FOUND when Inventory says that there is none. */
  async get(sku: string): Promise<ToldStock> {
    const answer = await this.ask(() => this.inventory.find(sku, ANSWER_WITHIN_MS));
    if (!answer) return stale(this.knowledge.of(sku) ?? unavailable());
    const [stock] = answer.stock;
    if (stock) return live(stock);
    this.knowledge.forget(sku);
    throw new ServiceError('SKU_NOT_FOUND', `There is no SKU ${sku}.`);
  }

  /** SKUs in their order, behind one of them. */
  async page(after: string, limit: number): Promise<StockPage<ToldStock>> {
    const answer = await this.ask(() => this.inventory.page(after, limit, ANSWER_WITHIN_MS));
    if (answer) return { ...answer, stock: answer.stock.map(live) };
    const known = this.knowledge.page(after, limit) ?? unavailable();
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
    if (behind === '') this.round.nextAtMs = performance.now() + ROUND_EVERY_MS;
    const answer = await this.hear(() =>
      this.inventory.page(behind, REFRESH_PAGE_SIZE, REFRESH_ANSWER_WITHIN_MS),
    );
    if (!answer) return false;
    const seenNow = seen + answer.stock.length;
    if (answer.next === undefined && seenNow <= MAX_SKUS) this.knowledge.becomeWhole();
    const goesOn = answer.next !== undefined && seenNow < MAX_SKUS;
    this.round.behind = goesOn ? answer.next : '';
    this.round.seen = goesOn ? seenNow : 0;
    return goesOn;
  }

  /** While Inventory is away, callers do not wait for it. */
  private async ask(call: () => Promise<StockPage | undefined>): Promise<StockPage | undefined> {
    return this.presence.isAway ? undefined : this.hear(call);
  }

  private async hear(call: () => Promise<StockPage | undefined>): Promise<StockPage | undefined> {
    const askedAtMs = performance.now();
    const answer = await call();
    if (answer) {
      this.presence.answered(performance.now());
      this.knowledge.learn(answer.stock);
    } else {
      this.presence.gaveNoAnswer(askedAtMs);
    }
    return answer;
  }
}

const live = (stock: Stock): ToldStock => ({ ...stock, stale: false });
const stale = (stock: Stock): ToldStock => ({ ...stock, stale: true });

const unavailable = (): never => {
  throw new ServiceError(
    'INVENTORY_UNAVAILABLE',
    'Inventory gives no answer, and what it said before does not tell. Try again shortly.',
  );
};
