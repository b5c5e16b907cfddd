import type { LaneRequest } from '@app/postgres';
import type { EventPage, EventReader } from './event-feed';
import {
  EventLogRepository,
  type LogEntry,
  type LogReads,
  type LogState,
} from './event-log.repository';
import type { LogPosition } from './log-position';

/** Reads the entries of a log with what they are about. */
export abstract class LoggedEventRepository<Event extends object> implements EventReader<
  Event & LogEntry
> {
  private readonly log: EventLogRepository;

  constructor(protected readonly reads: LogReads) {
    this.log = new EventLogRepository(reads);
  }

  /**
   * Returns new objects of the events by their references. One is absent if its rows were deleted or a later
   * version has written it, or if there is an owner and it is not about the owner.
   */
  abstract find(
    refs: readonly string[],
    request?: LaneRequest,
    owner?: string,
  ): Promise<ReadonlyMap<string, Event>>;

  /** Returns the state of the log. */
  readState(request?: LaneRequest): Promise<LogState> {
    return this.log.readState(request);
  }

  /**
   * Returns up to `limit` events after a position, without those that `find` does not have. Throws as
   * `EventLogRepository.readAfter` does.
   */
  async readAfter(
    after: LogPosition,
    limit: number,
    request?: LaneRequest,
    owner?: string,
  ): Promise<EventPage<Event & LogEntry>> {
    const entries = await this.log.readAfter(after, limit, request);
    const refs = entries.map(({ ref }) => ref);
    const found = await this.find(refs, request, owner);
    const events = entries.flatMap((entry) => {
      const event = found.get(entry.ref);
      return event ? [Object.assign(event, entry)] : [];
    });
    return { events, end: entries.at(-1) ?? after };
  }
}
