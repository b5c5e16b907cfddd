import type { EventPage, LogPosition } from '@app/events';
import type { ServiceError } from '@app/errors';
import type { StreamClient } from '../grpc/stream-client';
import type { LoggedEvent } from './inventory-events.repository';
import { streamConnectionExpired, streamTooSlow } from './event-stream-errors';

export interface EventStreamOptions {
  /** Sends an event, or a heartbeat without one, with the position that the stream has come to. */
  readonly send: (position: LogPosition, event?: LoggedEvent) => void;
  /** Whether the client wants the event. */
  readonly matches: (event: LoggedEvent) => boolean;
  /** Time that the client may take to read what was sent. */
  readonly drainMs: number;
}

/** One open stream. It sends what it is given as fast as its client reads, and knows why it has to end. */
export class EventStream {
  private readonly closing = new AbortController();
  private endError: ServiceError | undefined;
  private blockedSinceMs: number | undefined;
  private stopWaiting: (() => void) | undefined;

  constructor(
    private readonly client: StreamClient,
    private readonly options: EventStreamOptions,
  ) {
    const wake = (): void => this.stopWaiting?.();
    client.on('drain', wake);
    client.on('close', () => this.closing.abort());
    if (client.isClosed()) this.closing.abort();
    this.closed.addEventListener('abort', wake);
  }

  /** Aborts when the client has closed the call or the stream must end. */
  get closed(): AbortSignal {
    return this.closing.signal;
  }

  /** Ends the stream with an error, before anything else is sent. */
  end(error: ServiceError): void {
    this.endError ??= error;
    this.closing.abort();
  }

  /** Ends the stream if its client reads nothing, or if its connection has reached its age. */
  check(nowMs: number): void {
    if (this.client.isConnectionEnding()) this.end(streamConnectionExpired());
    const { blockedSinceMs } = this;
    if (blockedSinceMs !== undefined && nowMs - blockedSinceMs >= this.options.drainMs) {
      this.end(streamTooSlow());
    }
  }

  /** Sends pages until the stream ends. Rejects with the reason, unless the client has closed the call. */
  async send(pages: AsyncIterable<EventPage<LoggedEvent>>, start: LogPosition): Promise<void> {
    await this.write(start);
    for await (const { events, end } of pages) {
      let sent: LogPosition | undefined;
      for (const event of events) {
        if (!this.options.matches(event)) continue;
        await this.write(event, event);
        sent = event;
      }
      // Passes what the filter has left out, so that a stream which resumes does not read it again.
      if (sent?.position !== end.position) await this.write(end);
    }
    if (this.endError && !this.client.isClosed()) throw this.endError;
  }

  private async write(position: LogPosition, event?: LoggedEvent): Promise<void> {
    if (this.isEnded()) return;
    this.options.send(position, event);
    while (this.client.isFull() && !this.isEnded()) {
      this.blockedSinceMs ??= performance.now();
      await new Promise<void>((resolve) => {
        this.stopWaiting = resolve;
      });
    }
    this.blockedSinceMs = undefined;
    this.stopWaiting = undefined;
  }

  private isEnded(): boolean {
    return this.closed.aborted;
  }
}
