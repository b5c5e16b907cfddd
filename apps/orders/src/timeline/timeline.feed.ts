import {
  type OnApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Poller } from '@app/runtime';
import type { OrderEvent } from '../order/order-event';
import { type Position, TimelineRepository } from './timeline.repository';

const POLL_INTERVAL_MS = 200;
/** Events of one order that are handed over at a time. Who is slow to take them gets the rest later. */
const MAX_EVENTS = 100;

interface Waiting extends Position {
  readonly resolve: (events: readonly OrderEvent[]) => void;
}

/**
 * Tells those who wait what happened next to their orders: one query a round for all of them, and
 * none while nobody waits. It reads what is committed, whichever instance wrote it.
 */
@Injectable()
export class TimelineFeed implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly waiting = new Set<Waiting>();
  private readonly looking = new Poller(() => this.look(), {
    what: 'follow orders',
    intervalMs: POLL_INTERVAL_MS,
  });

  constructor(private readonly timelines: TimelineRepository) {}

  onApplicationBootstrap(): void {
    this.looking.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.looking.stop();
  }

  /**
   * Resolves with the events behind a position as soon as there are any; with none when the signal
   * says that nobody waits any longer, or when nothing has happened within the time.
   */
  async next(
    position: Position,
    withinMs: number,
    signal: AbortSignal,
  ): Promise<readonly OrderEvent[]> {
    if (signal.aborted) return [];
    return new Promise((resolve) => {
      const done = (events: readonly OrderEvent[]): void => {
        this.waiting.delete(waiting);
        clearTimeout(timer);
        signal.removeEventListener('abort', nothing);
        resolve(events);
      };
      const nothing = (): void => done([]);
      const waiting: Waiting = { ...position, resolve: done };
      const timer = setTimeout(nothing, withinMs);
      signal.addEventListener('abort', nothing);
      this.waiting.add(waiting);
    });
  }

  private async look(): Promise<boolean> {
    const asked = [...this.waiting];
    if (asked.length === 0) return false;
    const events = await this.timelines.eventsAfter(asked, MAX_EVENTS);
    asked.forEach(({ resolve }, index) => {
      const news = events[index] ?? [];
      if (news.length > 0) resolve(news);
    });
    return false;
  }
}
