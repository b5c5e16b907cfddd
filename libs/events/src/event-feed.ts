import { ServiceError } from '@app/errors';
import type { LaneRequest } from '@app/postgres';
import { AsyncSignal } from '@app/runtime';
import { isPositionLost, type LogState } from './event-log.repository';
import type { LogPosition } from './log-position';
import { ReadTurns } from './read-turns';

/** Consecutive events of a log. */
export interface EventPage<Event extends LogPosition> {
  readonly events: readonly Event[];
  /** Where the page ends. It may be behind the last event, if the rows of later ones were deleted. */
  readonly end: LogPosition;
}

/** Reads events of a log with their contents. */
export interface EventReader<Event extends LogPosition> {
  readState(request?: LaneRequest): Promise<LogState>;
  /** As `EventLogRepository.readAfter`. With an owner, the page has only the events of this owner. */
  readAfter(
    after: LogPosition,
    limit: number,
    request?: LaneRequest,
    owner?: string,
  ): Promise<EventPage<Event>>;
}

/** Who follows a log. */
export interface FollowerOptions<Event> {
  /** Aborts when the follower is gone. */
  readonly closed: AbortSignal;
  /** Followers of one caller share its turns. */
  readonly caller: string;
  /** A follower that is behind gets only the events of this owner, and an empty page where it has none. */
  readonly owner?: string | undefined;
  /** Selects the events that the follower gets. Absent: all. */
  readonly isWanted?: (event: Event) => boolean;
}

export interface EventFeedOptions {
  /** Events that followers which keep up share. */
  readonly maxRecent: number;
  /** After this time without a page a follower gets one, without an event if it wants none so far. */
  readonly heartbeatMs: number;
}

/** Events that one read of the database returns. */
const PAGE_SIZE = 500;
/** Events that a follower gets at a time. */
const BATCH_SIZE = 100;
/** Reads at a time of followers that are behind or begin. Half of the connections for reads, by default. */
const MAX_READS = 2;
/** Polls without an event after which a feed is at rest. */
const QUIET_POLLS = 10;
/** Reads what is new once for all followers. */
const POLL: LaneRequest = { isShared: true };
/** Pause of a follower that catches up while the database is unavailable or has too many reads. */
const RETRY_INTERVAL_MS = 1_000;

/**
 * Serves the events of a log to any number of followers in this process. Those that keep up share one
 * poll of the database. Those that are behind read pages of their own, a few at a time, in turns by caller
 * and among the reads of clients.
 */
export class EventFeed<Event extends LogPosition> {
  private readonly followers = new Set<Follower<Event>>();
  /** Those whose last page was one of their own. */
  private readonly behind = new Set<Follower<Event>>();
  /** Undefined while nothing follows. */
  private recent: RecentEvents<Event> | undefined;
  private readonly turns = new ReadTurns(MAX_READS);
  private isStopped = false;
  private quietPolls = 0;

  constructor(
    private readonly reader: EventReader<Event>,
    private readonly options: EventFeedOptions,
  ) {}

  /** Whether there is no follower, or has been no event for several polls. */
  get isAtRest(): boolean {
    return this.followers.size === 0 || this.quietPolls >= QUIET_POLLS;
  }

  /** Ends all followers. */
  stop(): void {
    this.isStopped = true;
    for (const follower of this.followers) follower.end();
  }

  /**
   * Returns the events after a position: each once, in order, until `closed` aborts or the feed stops. A
   * page without events is a heartbeat, which may have a later end than the page before. Throws as `EventLogRepository.readAfter` does, also later, when
   * the log loses its last events; an outage of the database only delays the next page.
   */
  follow(start: LogPosition, options: FollowerOptions<Event>): AsyncGenerator<EventPage<Event>> {
    return this.join(options)(start);
  }

  /**
   * Runs the reads with which a follower begins when it is the turn of its caller. Before, it makes sure that all
   * later events are recent ones: a follower that begins with the next event is never behind.
   */
  inTurn<Result>(caller: string, read: () => Promise<Result>): Promise<Result> {
    return this.turns.run(caller, async () => {
      await this.beginRecent();
      return read();
    });
  }

  /**
   * Counts a follower from now on, and returns `follow` for it. For callers that bound how many there are
   * and have to find the start first.
   */
  join(options: FollowerOptions<Event>): (start: LogPosition) => AsyncGenerator<EventPage<Event>> {
    const { closed } = options;
    const follower = new Follower<Event>(options);
    if (!closed.aborted && !this.isStopped) {
      this.followers.add(follower);
      this.quietPolls = 0;
      closed.addEventListener('abort', () => {
        this.followers.delete(follower);
        this.behind.delete(follower);
        follower.end();
      });
    } else follower.end();
    return (start) => this.pagesAfter(start, follower);
  }

  /** Reads what is new for the followers. Returns whether there is more to read now. */
  async poll(): Promise<boolean> {
    if (this.followers.size === 0) {
      this.recent = undefined;
      return false;
    }
    const recent = await this.beginRecent();
    const page = await this.readOrUndefined(recent.end);
    // Each follower then finds out whether its own position is lost.
    if (page) recent.append(page);
    else this.recent = undefined;
    const isMoved = !page || page.events.length > 0;
    this.quietPolls = isMoved ? 0 : this.quietPolls + 1;
    if (isMoved) for (const follower of this.followers) follower.signal.notify();
    return page?.events.length === PAGE_SIZE;
  }

  private async beginRecent(): Promise<RecentEvents<Event>> {
    if (this.recent) return this.recent;
    const { end } = await this.reader.readState(POLL);
    return (this.recent ??= new RecentEvents<Event>(end, this.options.maxRecent));
  }

  private async readOrUndefined(after: LogPosition): Promise<EventPage<Event> | undefined> {
    try {
      return await this.reader.readAfter(after, PAGE_SIZE, POLL);
    } catch (error) {
      if (isPositionLost(error)) return undefined;
      throw error;
    }
  }

  private async *pagesAfter(
    start: LogPosition,
    follower: Follower<Event>,
  ): AsyncGenerator<EventPage<Event>> {
    const { isWanted = () => true } = follower.options;
    let position = start;
    let quietSinceMs = performance.now();
    while (!follower.isEnded) {
      const recent = this.recent?.pageAfter(position, BATCH_SIZE);
      const page = recent ?? (await this.readPage(position, follower));
      this.recordBehind(follower, !recent);
      const isAtEnd = page.end.position === position.position;
      position = page.end;
      const events = page.events.filter(isWanted);
      // Also while there are events that the follower does not want.
      const leftMs = quietSinceMs + this.options.heartbeatMs - performance.now();
      if (events.length > 0 || leftMs <= 0) {
        yield { events, end: position };
        quietSinceMs = performance.now();
      } else if (isAtEnd) await follower.signal.wait(leftMs);
    }
  }

  private recordBehind(follower: Follower<Event>, isBehind: boolean): void {
    if (isBehind) this.behind.add(follower);
    else this.behind.delete(follower);
  }

  /** The fewer followers are behind, the faster each may catch up. All pages together are of a bounded size. */
  private get ownPageSize(): number {
    const share = Math.floor(this.options.maxRecent / Math.max(1, this.behind.size));
    return Math.min(Math.max(share, BATCH_SIZE), PAGE_SIZE);
  }

  /** A follower outlasts an outage of the database. */
  private async readPage(after: LogPosition, follower: Follower<Event>): Promise<EventPage<Event>> {
    while (!follower.isEnded) {
      try {
        return await this.turns.run(follower.options.caller, () => this.readNow(after, follower));
      } catch (error) {
        const reason = error instanceof ServiceError ? error.reason : 'INTERNAL';
        if (reason === 'INTERNAL' || isPositionLost(error)) throw error;
        follower.isDelayed = reason === 'OVERLOADED';
        await follower.signal.wait(RETRY_INTERVAL_MS);
      }
    }
    return { events: [], end: after };
  }

  /**
   * The reads of clients do not wait for followers that catch up, which are rejected like them. But a follower
   * whose last read was rejected comes first, so that it makes progress while clients read as much as they can.
   */
  private async readNow(after: LogPosition, follower: Follower<Event>): Promise<EventPage<Event>> {
    if (follower.isEnded) return { events: [], end: after };
    const { closed: signal, owner } = follower.options;
    const limit = owner === undefined ? this.ownPageSize : PAGE_SIZE;
    const request = { signal, isLimited: follower.isDelayed };
    const page = await this.reader.readAfter(after, limit, request, owner);
    follower.isDelayed = false;
    return page;
  }
}

/** The latest events, without a gap from `start` to `end`. */
class RecentEvents<Event extends LogPosition> {
  private readonly events: Event[] = [];
  private start: LogPosition;
  end: LogPosition;

  constructor(
    start: LogPosition,
    private readonly maxEvents: number,
  ) {
    this.start = start;
    this.end = start;
  }

  /** Appends the events that follow `end`, and drops the oldest beyond the limit. */
  append({ events, end }: EventPage<Event>): void {
    this.events.push(...events);
    const dropped = this.events.splice(0, Math.max(0, this.events.length - this.maxEvents));
    this.start = dropped.at(-1) ?? this.start;
    this.end = end;
  }

  /** Returns up to `limit` events after a position; undefined if the first of them has been dropped. */
  pageAfter(after: LogPosition, limit: number): EventPage<Event> | undefined {
    if (this.start.position > after.position) return undefined;
    const first = this.indexAfter(after.position);
    const events = this.events.slice(first, first + limit);
    const isLast = first + events.length === this.events.length;
    const end = isLast && this.end.position > after.position ? this.end : (events.at(-1) ?? after);
    return { events, end };
  }

  private indexAfter(position: number): number {
    let [low, high] = [0, this.events.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const each = this.events[middle];
      if (each && each.position > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** One follower. Its signal is notified when there may be an event, and when it ends. */
class Follower<Event> {
  readonly signal = new AsyncSignal();
  isEnded = false;
  /** Whether its last read was rejected. */
  isDelayed = false;

  constructor(readonly options: FollowerOptions<Event>) {}

  end(): void {
    this.isEnded = true;
    this.signal.notify();
  }
}
