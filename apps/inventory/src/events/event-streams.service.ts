import { Inject, Injectable } from '@nestjs/common';
import { internalError, ServiceError } from '@app/errors';
import { EventFeed, type LogPosition, type LogStart, positionAt, toToken } from '@app/events';
import type { StreamClient } from '../grpc/stream-client';
import { EventStream } from './event-stream';
import { invalidPosition, streamShutDown, tooManyStreams } from './event-stream-errors';
import { EVENT_STREAM_SETTINGS, type EventStreamSettings } from './event-stream-settings';
import { InventoryEventsRepository, type LoggedEvent } from './inventory-events.repository';

/** An event, or a heartbeat without one, with the token of the position that the stream has come to. */
export interface EventMessage {
  readonly position: string;
  readonly event: LoggedEvent | undefined;
}

export interface EventStreamRequest {
  readonly start: LogStart;
  /** Whether the client wants the event. */
  readonly matches: (event: LoggedEvent) => boolean;
}

/** Streams the events of Inventory's log to clients. */
@Injectable()
export class EventStreamsService {
  private readonly feed: EventFeed<LoggedEvent>;
  private readonly streams = new Set<EventStream>();
  /** All open calls, including ended calls whose client has not read the end yet. */
  private readonly clients = new Set<StreamClient>();
  private isStopped = false;
  private currentAtMs = performance.now();

  constructor(
    private readonly events: InventoryEventsRepository,
    @Inject(EVENT_STREAM_SETTINGS) private readonly settings: EventStreamSettings,
  ) {
    const { maxRecent, heartbeatMs } = settings;
    this.feed = new EventFeed(events, { maxRecent, heartbeatMs });
  }

  /** How many streams have not ended. */
  get size(): number {
    return this.streams.size;
  }

  /**
   * Streams the events after a start that the client wants, each once and in order. Resolves when the
   * client has closed the call. Rejects when the server ends it, with the reason: OVERLOADED,
   * INVALID_REQUEST, POSITION_EXPIRED or HISTORY_CHANGED, WATCH_TOO_SLOW, CONNECTION_EXPIRED,
   * SHUTTING_DOWN, DATABASE_UNAVAILABLE.
   */
  async stream(
    { start, matches }: EventStreamRequest,
    client: StreamClient,
    send: (message: EventMessage) => void,
  ): Promise<void> {
    if (client.isClosed()) return;
    this.register(client);
    try {
      const { position, historyId } = await this.feed.inTurn(client.peer, () => this.begin(start));
      if (this.isStopped) throw streamShutDown();
      const stream = new EventStream(client, {
        send: (at, event) => send({ position: toToken(historyId, at), event }),
        matches,
        drainMs: this.settings.drainMs,
      });
      await this.run(stream, position, client.peer);
    } catch (error) {
      this.disconnectUnlessClosed(client);
      throw error;
    }
  }

  /** Whether no stream is open, or there has been no event for a while. */
  get isAtRest(): boolean {
    return this.feed.isAtRest;
  }

  /** Reads new events for the streams, and ends those that have to. Returns whether there is more. */
  async poll(): Promise<boolean> {
    const nowMs = performance.now();
    for (const stream of this.streams) stream.check(nowMs);
    try {
      const hasMore = await this.feed.poll();
      this.currentAtMs = performance.now();
      return hasMore;
    } catch (error) {
      if (performance.now() - this.currentAtMs >= this.settings.outageToleranceMs) {
        this.endAll(error instanceof ServiceError ? error : internalError(error));
      }
      throw error;
    }
  }

  /**
   * Ends all streams, so that they resume at another instance, and disconnects clients that do not read
   * the end. Call this before the server closes: closing waits for every open call.
   */
  stop(): void {
    this.isStopped = true;
    this.endAll(streamShutDown());
    this.feed.stop();
    const disconnectAll = () => this.clients.forEach((client) => client.disconnect());
    setTimeout(disconnectAll, this.settings.shutdownTimeoutMs).unref();
  }

  private async begin(start: LogStart) {
    const state = await this.events.readState();
    const position = positionAt(start, state, invalidPosition);
    // A position that cannot be continued must fail before the stream begins.
    await this.events.readAfter(position, 1);
    return { position, historyId: state.historyId };
  }

  private register(client: StreamClient): void {
    if (this.isStopped) throw streamShutDown();
    const { maxStreams } = this.settings;
    if (this.clients.size >= maxStreams) throw tooManyStreams(maxStreams);
    this.clients.add(client);
    client.on('close', () => this.clients.delete(client));
  }

  private async run(stream: EventStream, start: LogPosition, caller: string): Promise<void> {
    this.streams.add(stream);
    try {
      await stream.send(this.feed.follow(start, { closed: stream.closed, caller }), start);
    } finally {
      this.streams.delete(stream);
    }
  }

  private endAll(error: ServiceError): void {
    for (const stream of this.streams) stream.end(error);
  }

  /** A client that never reads the end of its call would occupy one of `maxStreams` forever. */
  private disconnectUnlessClosed(client: StreamClient): void {
    const timer = setTimeout(() => client.disconnect(), this.settings.closeTimeoutMs);
    timer.unref();
    client.on('close', () => clearTimeout(timer));
  }
}
