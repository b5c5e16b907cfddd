import { Inject, Injectable } from '@nestjs/common';
import { ServiceError } from '@app/errors';
import { GroupCommit } from '@app/postgres';
import { LedgerRepository, type Position } from '../stock/ledger.repository';
import type { Movement, StockLevel } from '../stock/stock';
import { StockService } from '../stock/stock.service';
import { SkuSubscriptions } from './sku-subscriptions.service';
import { positionFaults, requestFaults, type WatchRequest } from './positions';
import type { RecentMovements } from './recent-movements';
import { WATCH_SETTINGS, type WatchSettings } from './watch-settings';
import { type Cursor, type Reader, Watcher } from './watcher';

/** Some movements that a reader lacks. */
interface Page {
  readonly reader: Reader;
  readonly positions: readonly Position[];
}

type Levels = ReadonlyMap<string, StockLevel | undefined>;

/** Many watchers come at once when another instance has ended. One query serves so many of them. */
const MAX_ARRIVALS = 256;
/** Connections that those who catch up take from everybody else. */
const MAX_PAGES_AT_ONCE = 2;
const MAX_WAIT_MS = 30_000;

const shuttingDown = (): ServiceError =>
  new ServiceError('SHUTTING_DOWN', 'This instance is about to end; resume at another.');

/** Tells readers of each change, from where they want to know on. */
@Injectable()
export class WatchService {
  /** Every call that is open, also those that have been told of their end and do not read it. */
  private readonly readers = new Set<Reader>();
  private readonly levels: GroupCommit<readonly string[], Levels>;
  private readonly pages: GroupCommit<Page, readonly Movement[]>;
  private isStopped = false;

  constructor(
    private readonly subscriptions: SkuSubscriptions,
    private readonly stock: StockService,
    private readonly ledger: LedgerRepository,
    @Inject(WATCH_SETTINGS) private readonly settings: WatchSettings,
  ) {
    const bounds = { maxWaiting: settings.maxWatchers, maxWaitMs: MAX_WAIT_MS };
    this.levels = new GroupCommit((lists) => this.readLevels(lists), {
      what: 'watchers that begin',
      maxGroup: MAX_ARRIVALS,
      ...bounds,
    });
    this.pages = new GroupCommit((pages) => Promise.all(pages.map((page) => this.readPage(page))), {
      what: 'watchers that catch up',
      maxGroup: MAX_PAGES_AT_ONCE,
      ...bounds,
    });
  }

  /** Resolves when the reader is gone. Rejects when it cannot be told any more, and says why. */
  async watch(request: WatchRequest, reader: Reader): Promise<void> {
    if (reader.isClosed()) return;
    this.admit(reader);
    orInvalid(requestFaults(request));
    const levels = await this.levels.submit(request.skus);
    orInvalid(positionFaults(request.after, levels));
    if (this.isStopped) throw shuttingDown();
    await this.tell(reader, request, levels);
  }

  /**
   * Ends all watchers, so that they resume elsewhere, and cuts off those who do not read so. Has to
   * come before the server closes, which waits for every open call.
   */
  stop(): void {
    this.isStopped = true;
    this.subscriptions.endAll(shuttingDown());
    const cutAll = () => this.readers.forEach((reader) => reader.cut());
    setTimeout(cutAll, this.settings.shutdownTimeoutMs).unref();
  }

  private admit(reader: Reader): void {
    if (this.isStopped) throw shuttingDown();
    const { maxWatchers } = this.settings;
    if (this.readers.size >= maxWatchers)
      throw new ServiceError('OVERLOADED', `Too many watch (${maxWatchers}); try again later.`);
    this.readers.add(reader);
    reader.on('close', () => this.readers.delete(reader));
  }

  private async tell(reader: Reader, request: WatchRequest, levels: Levels): Promise<void> {
    const starts = request.skus.map((sku) => ({ sku, seq: levels.get(sku)?.lastSeq ?? 0 }));
    const tails = this.subscriptions.recentMovementsOf(starts);
    const cursors = cursorsOf(request, levels, tails);
    const readPage = (positions: readonly Position[]) => this.pages.submit({ reader, positions });
    const watcher = new Watcher(reader, cursors, readPage, this.settings);
    this.subscriptions.subscribe(watcher, tails);
    try {
      await watcher.run();
    } catch (error) {
      this.cutUnlessItReads(reader);
      throw error;
    } finally {
      this.subscriptions.unsubscribe(watcher, tails);
    }
  }

  /** Whoever does not read why it was ended would keep its place for ever. */
  private cutUnlessItReads(reader: Reader): void {
    const lingering = setTimeout(() => reader.cut(), this.settings.closeTimeoutMs);
    lingering.unref();
    reader.on('close', () => clearTimeout(lingering));
  }

  private async readLevels(lists: readonly (readonly string[])[]): Promise<readonly Levels[]> {
    const skus = [...new Set(lists.flat())];
    const levels = await this.stock.levelsOf(skus);
    const all = new Map(skus.map((sku, index) => [sku, levels[index]]));
    return lists.map((list) => new Map(list.map((sku) => [sku, all.get(sku)])));
  }

  /** A reader may have gone while it waited; whoever waits behind it need not wait for its page. */
  private async readPage({ reader, positions }: Page): Promise<readonly Movement[]> {
    if (reader.isClosed()) return [];
    const limitEach = Math.max(1, Math.floor(this.settings.maxPageMovements / positions.length));
    return this.ledger.since(positions, limitEach);
  }
}

const orInvalid = ([first, ...rest]: ReturnType<typeof requestFaults>): void => {
  if (first) throw ServiceError.invalid([first, ...rest]);
};

const cursorsOf = (
  { after }: WatchRequest,
  levels: Levels,
  recents: readonly RecentMovements[],
): readonly Cursor[] => {
  const resumed = new Map(after.map(({ sku, seq }) => [sku, seq]));
  return recents.map((recent): Cursor => {
    const { sku } = recent;
    const level = levels.get(sku);
    const seq = resumed.get(sku);
    const first = { kind: 'change', sku, level, movement: undefined } as const;
    return seq === undefined
      ? { recent, seq: level?.lastSeq ?? 0, first, following: false }
      : { recent, seq, first: undefined, following: false };
  });
};
