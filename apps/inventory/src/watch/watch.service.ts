import { Inject, Injectable } from '@nestjs/common';
import { GroupCommit } from '@app/batching';
import { type FieldViolation, ServiceError } from '@app/errors';
import {
  type LedgerPosition,
  LedgerRepository,
  type MovementPage,
} from '../stock/ledger.repository';
import { emptyLevel, type StockLevel } from '../stock/stock';
import { StockService } from '../stock/stock.service';
import { historyChanged, positionFaults, requestFaults, type WatchRequest } from './positions';
import type { RecentMovements } from './recent-movements';
import { SubscriptionService } from './subscription.service';
import { WATCH_SETTINGS, type WatchSettings } from './watch-settings';
import { type Cursor, type Reader, Watcher } from './watcher.service';

/** A read of movements for a watcher that catches up. */
interface PageRead {
  readonly reader: Reader;
  readonly positions: readonly LedgerPosition[];
}

type LevelsBySku = ReadonlyMap<string, StockLevel | undefined>;

/** What the database says about a request. */
interface Start {
  readonly levels: LevelsBySku;
  /** SKUs whose ledger lacks the requested position. */
  readonly lost: readonly string[];
}

/** Watchers whose levels one query reads. Many start together when another instance has ended. */
const MAX_STARTS_PER_QUERY = 256;
/** Database connections that catching up may use at a time. */
const MAX_CONCURRENT_PAGE_READS = 2;
const MAX_WAIT_MS = 30_000;

const shuttingDown = (): ServiceError =>
  new ServiceError('SHUTTING_DOWN', 'This instance is shutting down; resume at another instance.');

/** Streams stock changes to readers, from the positions that they request. */
@Injectable()
export class WatchService {
  /** All open calls, including ended calls whose client has not read the end yet. */
  private readonly readers = new Set<Reader>();
  private readonly starts: GroupCommit<WatchRequest, Start>;
  private readonly pages: GroupCommit<PageRead, MovementPage>;
  private isStopped = false;

  constructor(
    private readonly subscriptions: SubscriptionService,
    private readonly stock: StockService,
    private readonly ledger: LedgerRepository,
    @Inject(WATCH_SETTINGS) private readonly settings: WatchSettings,
  ) {
    const bounds = { maxQueued: settings.maxWatchers, maxWaitMs: MAX_WAIT_MS };
    this.starts = new GroupCommit((requests) => this.readStarts(requests), {
      what: 'new watchers',
      maxGroupSize: MAX_STARTS_PER_QUERY,
      ...bounds,
    });
    this.pages = new GroupCommit((reads) => Promise.all(reads.map((read) => this.readPage(read))), {
      what: 'watchers that catch up',
      maxGroupSize: MAX_CONCURRENT_PAGE_READS,
      ...bounds,
    });
  }

  /** Resolves when the reader has closed the call. Rejects when the server ends it, with the reason. */
  async watch(request: WatchRequest, reader: Reader): Promise<void> {
    if (reader.isClosed()) return;
    this.register(reader);
    throwIfInvalid(requestFaults(request));
    const { levels, lost } = await this.starts.submit(request);
    throwIfInvalid(positionFaults(request.after, levels));
    if (lost.length > 0) throw historyChanged(lost);
    if (this.isStopped) throw shuttingDown();
    await this.stream(reader, request, levels);
  }

  /**
   * Ends all watchers, so that they resume at another instance, and disconnects clients that do not
   * read the end. Call this before the server closes: closing waits for every open call.
   */
  stop(): void {
    this.isStopped = true;
    this.subscriptions.endAll(shuttingDown());
    const disconnectAll = () => this.readers.forEach((reader) => reader.disconnect());
    setTimeout(disconnectAll, this.settings.shutdownTimeoutMs).unref();
  }

  private register(reader: Reader): void {
    if (this.isStopped) throw shuttingDown();
    const { maxWatchers } = this.settings;
    if (this.readers.size >= maxWatchers)
      throw new ServiceError('OVERLOADED', `Too many watchers (${maxWatchers}); try again later.`);
    this.readers.add(reader);
    reader.on('close', () => this.readers.delete(reader));
  }

  private async stream(reader: Reader, request: WatchRequest, levels: LevelsBySku): Promise<void> {
    const recents = this.subscriptions.recentMovementsOf(
      request.skus.map((sku) => levels.get(sku) ?? emptyLevel(sku)),
    );
    const cursors = cursorsOf(request, levels, recents);
    const readPage = (positions: readonly LedgerPosition[]) =>
      this.pages.submit({ reader, positions });
    const watcher = new Watcher(reader, cursors, readPage, this.settings);
    this.subscriptions.subscribe(watcher, recents, reader.peer);
    try {
      await watcher.run();
    } catch (error) {
      this.disconnectUnlessClosed(reader);
      throw error;
    } finally {
      this.subscriptions.unsubscribe(watcher, recents, reader.peer);
    }
  }

  /** A client that never reads the end of its call would occupy one of `maxWatchers` forever. */
  private disconnectUnlessClosed(reader: Reader): void {
    const timer = setTimeout(() => reader.disconnect(), this.settings.closeTimeoutMs);
    timer.unref();
    reader.on('close', () => clearTimeout(timer));
  }

  private async readStarts(requests: readonly WatchRequest[]): Promise<readonly Start[]> {
    const skus = [...new Set(requests.flatMap((request) => request.skus))];
    const levels = await this.stock.levelsOf(skus, { isLimited: true });
    const all = new Map(skus.map((sku, index) => [sku, levels[index]]));
    const lost = new Set(await this.ledger.findLost(requests.flatMap(({ after }) => after)));
    return requests.map((request) => ({
      levels: new Map(request.skus.map((sku) => [sku, all.get(sku)])),
      lost: request.after.filter((position) => lost.has(position)).map(({ sku }) => sku),
    }));
  }

  /** Skips a reader that has closed while its read was queued. */
  private async readPage({ reader, positions }: PageRead): Promise<MovementPage> {
    if (reader.isClosed()) return { movements: [], lost: [] };
    const limitEach = Math.max(1, Math.floor(this.settings.maxPageMovements / positions.length));
    return this.ledger.listAfter(positions, limitEach);
  }
}

const throwIfInvalid = ([first, ...rest]: readonly FieldViolation[]): void => {
  if (first) throw ServiceError.invalid([first, ...rest]);
};

const cursorsOf = (
  { after }: WatchRequest,
  levels: LevelsBySku,
  recents: readonly RecentMovements[],
): readonly Cursor[] => {
  const resumed = new Map(after.map((position) => [position.sku, position]));
  return recents.map((recent): Cursor => {
    const { sku } = recent;
    const level = levels.get(sku);
    const position = resumed.get(sku);
    const first = { kind: 'change', sku, level, movement: undefined } as const;
    if (position) {
      const { seq, occurredAt } = position;
      return { recent, seq, occurredAt, first: undefined, hasCaughtUp: false };
    }
    const { lastSeq: seq = 0, updatedAt: occurredAt } = level ?? {};
    return { recent, seq, occurredAt, first, hasCaughtUp: false };
  });
};
