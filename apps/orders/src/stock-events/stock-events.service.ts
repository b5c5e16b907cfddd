import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { AsyncSignal } from '@app/runtime';
import { OpenStreams } from '../http/open-streams';
import {
  invalidStockToken,
  MAX_FOLLOWERS,
  stockHistoryChanged,
  tooManyFollowers,
} from './stock-events-errors';
import { fromStockToken, type StockPosition, toStockToken } from './stock-positions';
import { type StockChange, StockWatchClient } from './stock-watch.client';

/** How long a request waits for the first answer of Inventory, which may be that a position is lost. */
const START_TIMEOUT_MS = 300;
/** After this time without a change a stream gets a heartbeat, so that proxies keep it open. */
const HEARTBEAT_INTERVAL_MS = 10_000;
/** From the begin of one watch at Inventory to that of the next. */
const RETRY_INTERVAL_MS = 500;

/** A change, and the token with which a stream resumes after it. */
export interface StockEvent {
  readonly change: StockChange;
  readonly token: string;
}

/** The streams of stock levels. */
@Injectable()
export class StockEventsService implements BeforeApplicationShutdown {
  private readonly followers = new Set<StockFollower>();
  private readonly places = new OpenStreams(MAX_FOLLOWERS, tooManyFollowers);
  private isStopped = false;

  constructor(private readonly inventory: StockWatchClient) {}

  beforeApplicationShutdown(): void {
    this.isStopped = true;
    for (const follower of this.followers) follower.end();
  }

  /**
   * Streams the levels of SKUs after a token, or from their present levels on without one, until `closed`
   * aborts or this instance shuts down. An empty list is a heartbeat. While Inventory is unavailable, the
   * stream waits for it. Changes of a SKU that the client has not read yet are merged: it gets the last
   * level. Throws as `OpenStreams.admit`, INVALID_REQUEST if the token belongs to no
   * stream of these SKUs, and HISTORY_CHANGED if Inventory does not have its changes; the stream throws
   * HISTORY_CHANGED when Inventory loses them.
   */
  async follow(
    skus: readonly string[],
    token: string | undefined,
    caller: string,
    closed: AbortSignal,
  ): Promise<AsyncGenerator<readonly StockEvent[]>> {
    this.places.admit(caller, closed);
    const distinct = [...new Set(skus)].sort();
    const positions = token ? fromStockToken(distinct, token) : new Map<string, StockPosition>();
    if (!positions) throw invalidStockToken();
    const follower = new StockFollower(distinct, positions, this.inventory);
    if (closed.aborted || this.isStopped) follower.end();
    else {
      this.followers.add(follower);
      closed.addEventListener('abort', () => {
        this.followers.delete(follower);
        follower.end();
      });
      await follower.begin();
    }
    return follower.events();
  }
}

/** One open stream with its watch at Inventory. */
class StockFollower {
  /** Notified when there is a change or the watch or the stream has ended. */
  private readonly signal = new AsyncSignal();
  private readonly changes = new Map<string, StockChange>();
  private stopWatch: (() => void) | undefined;
  private isLost = false;
  private isEnded = false;
  /** Not before this time is the watch begun again. */
  private retryAtMs = 0;

  constructor(
    private readonly skus: readonly string[],
    private readonly positions: Map<string, StockPosition>,
    private readonly inventory: StockWatchClient,
  ) {}

  /** Waits a moment for Inventory. Throws HISTORY_CHANGED. */
  async begin(): Promise<void> {
    this.watch();
    await this.signal.wait(START_TIMEOUT_MS);
    if (this.isLost) throw stockHistoryChanged();
  }

  async *events(): AsyncGenerator<readonly StockEvent[]> {
    let quietSinceMs = performance.now();
    while (!this.isEnded) {
      if (this.isLost) throw stockHistoryChanged();
      const events = this.takeEvents();
      const isQuiet = performance.now() - quietSinceMs >= HEARTBEAT_INTERVAL_MS;
      if (events.length > 0 || isQuiet) {
        quietSinceMs = performance.now();
        yield events;
        continue;
      }
      const pauseMs = this.retryAtMs - performance.now();
      if (!this.stopWatch && pauseMs <= 0) this.watch();
      const quietMs = performance.now() - quietSinceMs;
      const timeoutMs = this.stopWatch ? HEARTBEAT_INTERVAL_MS - quietMs : Math.max(1, pauseMs);
      await this.signal.wait(timeoutMs);
    }
  }

  end(): void {
    this.isEnded = true;
    this.stopWatch?.();
    this.signal.notify();
  }

  /** Tries again later while Inventory is unavailable. */
  private watch(): void {
    this.retryAtMs = performance.now() + RETRY_INTERVAL_MS;
    if (!this.inventory.canCall) return;
    this.stopWatch = this.inventory.watch(this.skus, this.positions, {
      onChange: (change) => {
        this.changes.set(change.sku, change);
        this.signal.notify();
      },
      onEnd: (reason) => {
        this.isLost = reason === 'HISTORY_CHANGED';
        this.stopWatch = undefined;
        this.signal.notify();
      },
    });
  }

  private takeEvents(): StockEvent[] {
    const changes = [...this.changes.values()];
    this.changes.clear();
    return changes.map((change) => {
      this.positions.set(change.sku, change.position);
      return { change, token: toStockToken(this.skus, this.positions) };
    });
  }
}
