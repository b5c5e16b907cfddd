import { PollingWorker, type PollingWorkerOptions } from '@app/runtime';
import type { EventSequencer } from './event-sequencer.service';

/** What serves the followers of a log. */
export interface PolledFeed {
  /** As `EventFeed.poll`. */
  poll(): Promise<boolean>;
  /** As `EventFeed.isAtRest`. */
  readonly isAtRest: boolean;
}

export interface EventFeedWorkerOptions extends Omit<PollingWorkerOptions, 'rest'> {
  /** How soon events of another instance are found after a while without any. */
  readonly restIntervalMs: number;
}

/**
 * Polls a log for its followers: often while there are events, at once when this process has sequenced the
 * first one after a while, and otherwise at its interval of rest.
 */
export abstract class EventFeedWorker extends PollingWorker {
  protected constructor(
    feed: PolledFeed,
    sequencer: EventSequencer,
    { restIntervalMs, ...options }: EventFeedWorkerOptions,
  ) {
    super(() => feed.poll(), {
      ...options,
      rest: { isAtRest: () => feed.isAtRest, intervalMs: restIntervalMs },
    });
    sequencer.onSequenced(() => {
      // A busy worker runs again soon by itself; waking it for each event would end its pauses.
      if (feed.isAtRest) this.wake();
    });
  }
}
