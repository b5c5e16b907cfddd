import { type ClientReadableStream, Metadata } from '@grpc/grpc-js';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import type { StreamEventsResponse } from '@app/contracts';
import { reasonFromTrailer } from '@app/errors';
import { OutageLog } from '@app/runtime';
import { InventoryEventsClient } from './inventory-events.client';
import { type FollowerLease, StockEventRepository } from './stock-event.repository';
import { type ReceivedStockEvent, toReceivedEvent } from './received-stock-event';

/** Events that are stored together at most. */
const MAX_BATCH = 100;
/** Interval at which the lease is renewed. It lasts for 8 s. */
const RENEW_INTERVAL_MS = 2_000;

/** Streams that end because of these are continued at once. */
const IS_CONTINUED = new Set(['CONNECTION_EXPIRED', 'SHUTTING_DOWN']);
/** Inventory cannot continue after the position. */
const IS_LOST = new Set(['POSITION_EXPIRED', 'HISTORY_CHANGED']);

/**
 * Copies stock events of Inventory into Orders' database, each once and in order. One instance at a time
 * follows; another one takes over at most 8 s after its death.
 */
@Injectable()
export class InventoryFollower implements BeforeApplicationShutdown {
  private readonly logger = new Logger(InventoryFollower.name);
  private readonly outageLog = new OutageLog("Inventory's event stream");
  private call: ClientReadableStream<StreamEventsResponse> | undefined;
  private isStopped = false;

  constructor(
    private readonly events: StockEventRepository,
    private readonly inventory: InventoryEventsClient,
  ) {}

  beforeApplicationShutdown(): void {
    this.isStopped = true;
    this.call?.cancel();
  }

  /**
   * Follows Inventory's log until the stream ends, unless another instance does. Returns whether to
   * continue at once.
   */
  async follow(): Promise<boolean> {
    if (this.hasStopped()) return false;
    const lease = await this.events.acquire();
    if (!lease) return false;
    try {
      return await this.followWith(lease);
    } finally {
      await this.events.release(lease);
    }
  }

  /** Deletes stock events that are no longer in Orders' log. Returns whether there may be more. */
  prune(): Promise<boolean> {
    return this.events.prune();
  }

  private hasStopped(): boolean {
    return this.isStopped;
  }

  private async followWith(lease: FollowerLease): Promise<boolean> {
    // Stopped while it waited for the lease: there was no call to cancel yet.
    if (this.hasStopped()) return false;
    const call = this.inventory.stream(lease.position);
    this.call = call;
    const session = new FollowerSession(lease, this.events, () => call.cancel());
    try {
      await this.read(call, session);
      return false;
    } catch (error) {
      if (this.hasStopped() || session.isLeaseLost) return false;
      return await this.continueAfter(error, session);
    } finally {
      session.stop();
      call.cancel();
      this.call = undefined;
    }
  }

  private async read(
    call: ClientReadableStream<StreamEventsResponse>,
    session: FollowerSession,
  ): Promise<void> {
    for await (const message of call as AsyncIterable<StreamEventsResponse>) {
      this.outageLog.recordUp();
      session.add(message);
      // A position without an event is stored with the next renewal.
      const isLast = session.pending > 0 && call.readableLength === 0;
      if (isLast || session.pending >= MAX_BATCH) await session.store();
    }
  }

  private async continueAfter(error: unknown, session: FollowerSession): Promise<boolean> {
    const reason = reasonOf(error);
    if (reason !== undefined && IS_CONTINUED.has(reason)) return true;
    if (reason !== undefined && IS_LOST.has(reason)) {
      this.logger.warn(
        `Inventory cannot continue its stock events after ${session.position} (${reason}); continuing with the oldest event that it keeps`,
      );
      await session.restart();
      return true;
    }
    if (!(error instanceof Error) || !('code' in error && 'details' in error)) throw error;
    this.outageLog.recordDown(error.message);
    return false;
  }
}

/**
 * What one stream has received and not stored yet. Each write takes all of it, with the position behind it,
 * and writes are one after the other. After a failed one there is no other.
 */
class FollowerSession {
  isLeaseLost = false;
  /** Behind what was received. */
  position: string | null;
  private events: ReceivedStockEvent[] = [];
  private ongoing: Promise<void> = Promise.resolve();
  private readonly renewal: NodeJS.Timeout;

  constructor(
    private readonly lease: FollowerLease,
    private readonly repository: StockEventRepository,
    private readonly end: () => void,
  ) {
    this.position = lease.position;
    this.renewal = setInterval(() => void this.store().catch(end), RENEW_INTERVAL_MS);
  }

  get pending(): number {
    return this.events.length;
  }

  add(message: StreamEventsResponse): void {
    const event = toReceivedEvent(message);
    if (event) this.events.push(event);
    this.position = message.position;
  }

  /** Stores what was received, and renews the lease. */
  store(): Promise<void> {
    this.ongoing = this.ongoing.then(async () => {
      if (this.isLeaseLost) return;
      const events = this.events.splice(0);
      if (await this.repository.store(this.lease, this.position, events)) return;
      this.isLeaseLost = true;
      this.end();
    });
    return this.ongoing;
  }

  /** Stores that the next stream begins with the oldest event. */
  restart(): Promise<void> {
    this.position = null;
    return this.store();
  }

  stop(): void {
    clearInterval(this.renewal);
    this.ongoing.catch(() => undefined);
  }
}

const reasonOf = (error: unknown): string | undefined => {
  const { metadata } = Object(error) as { metadata?: unknown };
  return metadata instanceof Metadata ? reasonFromTrailer(metadata) : undefined;
};
