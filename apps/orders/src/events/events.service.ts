import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import {
  EventFeed,
  type EventPage,
  type FollowerOptions,
  type LogPosition,
  type LogState,
  positionAt,
  toToken,
} from '@app/events';
import type { CallerSignal } from '@app/postgres';
import { OpenStreams } from '../http/open-streams';
import { invalidToken, MAX_FOLLOWERS, tooManyFollowers } from './events-errors';
import { EventsRepository, type LoggedEvent } from './events.repository';

/** Events that followers which keep up share: some 10 MB. */
const MAX_RECENT = 10_000;
/** After this time without an event a stream gets a heartbeat, so that proxies keep it open. */
const HEARTBEAT_INTERVAL_MS = 10_000;

/** Some consecutive events, and the token with which a client continues after each. */
export interface TokenPage {
  readonly events: readonly { readonly event: LoggedEvent; readonly token: string }[];
  /** The token of the end of the page, which may be behind its last event. */
  readonly end: string;
}

/** A stream of events, and the token of the position before its first one. */
export interface EventStream {
  readonly start: string;
  readonly pages: AsyncGenerator<TokenPage>;
}

/** Who follows the log of Orders. */
export type EventFollower = FollowerOptions<LoggedEvent>;

/** Where a client begins: after the event of a token, with the oldest kept event, or from now on. */
export type StartAt = { readonly token: string; readonly field: string } | 'oldest' | 'now';

/** The events of Orders' log: every committed event of any order, whichever instance wrote it. */
@Injectable()
export class EventsService implements BeforeApplicationShutdown {
  private readonly feed: EventFeed<LoggedEvent>;
  private readonly places = new OpenStreams(MAX_FOLLOWERS, tooManyFollowers);

  constructor(private readonly events: EventsRepository) {
    this.feed = new EventFeed(events, {
      maxRecent: MAX_RECENT,
      heartbeatMs: HEARTBEAT_INTERVAL_MS,
    });
  }

  beforeApplicationShutdown(): void {
    this.feed.stop();
  }

  /**
   * Streams the events after a start: each once, those of an order in their order, until `closed` aborts
   * or this instance shuts down. A page without events is a heartbeat, which may have a later end than the
   * page before. Throws as `OpenStreams.admit`, INVALID_REQUEST if the token is malformed, POSITION_EXPIRED if
   * events after it are no longer kept, and HISTORY_CHANGED if the log does not have its event; the stream
   * throws these two as well, when the log loses the last event of the stream.
   */
  async follow(start: StartAt, follower: EventFollower): Promise<EventStream> {
    this.places.admit(follower.caller, follower.closed);
    // Counts before the first read of the database, so the limit bounds these reads as well.
    const follow = this.feed.join(follower);
    const { position, historyId } = await this.feed.inTurn(follower.caller, () =>
      this.begin(start, follower),
    );
    return {
      start: toToken(historyId, position),
      pages: toTokenPages(follow(position), historyId),
    };
  }

  private async begin(start: StartAt, { closed, owner }: EventFollower) {
    const state = await this.events.readState();
    const { historyId, end } = state;
    const position = startOf(start, state);
    if (closed.aborted || position === end) return { position, historyId };
    // A token that cannot be continued must fail before the response begins.
    await this.events.readAfter(position, 0);
    // An order is committed before its events are in the log: no event up to `end` is of a customer without one.
    const hasEvents = owner === undefined || (await this.events.hasOrders(owner));
    return { position: hasEvents ? position : end, historyId };
  }

  /** Returns up to `limit` events after a start that exist already. Throws as `follow` does. */
  async page(start: StartAt, limit: number, caller: CallerSignal): Promise<TokenPage> {
    const state = await this.events.readState({ signal: caller });
    const page = await this.events.readAfter(startOf(start, state), limit, { signal: caller });
    return toTokenPage(page, state.historyId);
  }

  /** Whether no stream is open, or there has been no event for a while. */
  get isAtRest(): boolean {
    return this.feed.isAtRest;
  }

  /** Reads what is new for the streams. Returns whether there is more to read now. */
  poll(): Promise<boolean> {
    return this.feed.poll();
  }
}

const startOf = (start: StartAt, state: LogState): LogPosition =>
  positionAt(start, state, () => invalidToken(typeof start === 'string' ? start : start.field));

const toTokenPage = ({ events, end }: EventPage<LoggedEvent>, historyId: string): TokenPage => ({
  events: events.map((event) => ({ event, token: toToken(historyId, event) })),
  end: toToken(historyId, end),
});

async function* toTokenPages(
  pages: AsyncIterable<EventPage<LoggedEvent>>,
  historyId: string,
): AsyncGenerator<TokenPage> {
  for await (const page of pages) yield toTokenPage(page, historyId);
}
