import { Logger } from '@nestjs/common';
import type { ServiceError } from '@app/errors';
import { OutageLog } from '@app/runtime';
import { type CursorLease, type EventCursorRepository, LEASE_MS } from '../event-cursor.repository';
import type { EventPage, EventReader } from '../event-feed';
import { isPositionLost } from '../event-log.repository';
import type { LogPosition } from '../log-position';
import type { EventPublisher } from '../messaging/event-publisher';
import { BrokerUnavailable, type OutgoingMessage } from '../messaging/message';
import type { Topics } from '../messaging/message-broker';

/** Where a relay begins that has no cursor yet: with the oldest kept event, or with the next one. */
export type RelayStart = 'oldest' | 'now';

export interface EventRelayOptions<Event extends LogPosition> {
  /** Name of its cursor. One instance at a time relays for a cursor. */
  readonly cursor: string;
  readonly topic: string;
  readonly start: RelayStart;
  readonly reader: EventReader<Event>;
  /** Returns the message of an event; undefined for one that other systems do not receive. */
  readonly toMessage: (event: Event) => OutgoingMessage | undefined;
  /** Events that one batch has at most. Default: 1,000. */
  readonly maxBatch?: number;
}

export interface EventRelayPorts {
  readonly cursors: EventCursorRepository;
  readonly publisher: EventPublisher;
  readonly topics: Topics;
}

/** Whether an instance relays, waits for the one that does, or cannot reach the broker. */
export type RelayState = 'active' | 'standby' | 'unavailable';

const MAX_BATCH = 1_000;
/** A send ends this long before the lease does: the next holder must find nothing on its way. */
const LEASE_MARGIN_MS = 2_000;
const MAX_SEND_MS = 5_000;
/** A send is not begun if it had less time. */
const MIN_SEND_MS = 1_000;
const RENEW_INTERVAL_MS = 2_500;
const MIN_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 5_000;

/** A lease, and when it was renewed by the clock of this process, which starts before the database's. */
interface HeldLease {
  readonly lease: CursorLease;
  readonly renewedMs: number;
}

/**
 * Publishes the events of a log to a topic, each at least once, those of a key in their order. The cursor
 * moves after all in-sync replicas have the events, so a crash repeats some of them and loses none.
 * Any number of instances may run it: the holder of the cursor's lease publishes, and the others wait.
 */
export class EventRelay<Event extends LogPosition> {
  private readonly logger = new Logger(EventRelay.name);
  private readonly outageLog: OutageLog;
  private held: HeldLease | undefined;
  /** The position in the log, with the time of its event if this process has read it. */
  private position: LogPosition | undefined;
  private nextPage: Promise<EventPage<Event>> | undefined;
  private isPrepared = false;
  private failures = 0;
  private resumeAtMs = 0;
  private readonly maxBatch: number;

  constructor(
    private readonly ports: EventRelayPorts,
    private readonly options: EventRelayOptions<Event>,
  ) {
    this.maxBatch = options.maxBatch ?? MAX_BATCH;
    this.outageLog = new OutageLog(`Publishing ${options.topic} to Kafka`);
  }

  get state(): RelayState {
    if (this.failures > 0) return 'unavailable';
    return this.held ? 'active' : 'standby';
  }

  /** Publishes the next batch, if this instance holds the lease. Returns whether there is more to publish. */
  async relayBatch(): Promise<boolean> {
    if (performance.now() < this.resumeAtMs) return false;
    try {
      return await this.tryRelayBatch();
    } catch (error) {
      this.nextPage = undefined;
      if (!(error instanceof BrokerUnavailable)) throw error;
      this.isPrepared = false;
      this.backOff(error.message);
      return false;
    }
  }

  /** Lets another instance take over at once. Call it when no batch is being published. */
  async release(): Promise<void> {
    const { held } = this;
    this.forget();
    if (held) await this.ports.cursors.release(held.lease);
    await this.ports.publisher.close();
  }

  private async tryRelayBatch(): Promise<boolean> {
    await this.prepare();
    const held = await this.requireLease();
    if (!held) return false;
    const page = await this.takePage(held.lease);
    if (page.end.position === held.lease.position) {
      await this.renewIfDue(held);
      return false;
    }
    const isFull = page.end.position - held.lease.position >= this.maxBatch;
    // The next page is read while this one is sent.
    if (isFull) this.nextPage = this.readAfter(page.end);
    await this.publish(page, held);
    if (!(await this.advance(held.lease, page.end))) return false;
    this.recordSuccess();
    return isFull;
  }

  private async prepare(): Promise<void> {
    if (this.isPrepared) return;
    // Also while the broker is unavailable, since it says that events are to be kept.
    await this.openCursor();
    await this.ports.topics.ensure([this.options.topic]);
    this.isPrepared = true;
    if (this.failures > 0 && !this.held) this.recordSuccess();
  }

  private async openCursor(): Promise<void> {
    const { cursor, start, reader } = this.options;
    const { prunedPosition, end } = await reader.readState();
    const startPosition = start === 'oldest' ? prunedPosition : end.position;
    const former = await this.ports.cursors.open(cursor, startPosition, prunedPosition);
    if (former === null) {
      this.logger.log(`The cursor ${cursor} is new and begins with event ${startPosition + 1}`);
    } else if (former < prunedPosition) {
      this.logger.error(
        `Events ${former + 1} to ${prunedPosition} were deleted without being published to Kafka, which was ` +
          `switched off for longer than events are kept; publishing from event ${prunedPosition + 1}`,
      );
    }
  }

  /** Returns the lease of the cursor; undefined while another instance has it. */
  private async requireLease(): Promise<HeldLease | undefined> {
    if (this.held && this.leftMs(this.held) >= MIN_SEND_MS) return this.held;
    this.forget();
    const renewedMs = performance.now();
    const { cursor } = this.options;
    const lease = await this.ports.cursors.acquire(cursor);
    if (!lease) {
      // One that an operator has removed is created again with the next turn.
      this.isPrepared = await this.ports.cursors.exists(cursor);
      return undefined;
    }
    this.held = { lease, renewedMs };
    this.position = { position: lease.position, sequencedAtMs: 0 };
    return this.held;
  }

  private async takePage({ position }: CursorLease): Promise<EventPage<Event>> {
    const page = this.nextPage ?? this.readAfter(this.position ?? { position, sequencedAtMs: 0 });
    this.nextPage = undefined;
    try {
      return await page;
    } catch (error) {
      if (!isPositionLost(error)) throw error;
      return this.restartAtOldest(error);
    }
  }

  private readAfter(after: LogPosition): Promise<EventPage<Event>> {
    const page = this.options.reader.readAfter(after, this.maxBatch);
    page.catch(() => undefined);
    return page;
  }

  /** Repeated events do no harm, missing ones do. */
  private async restartAtOldest(error: ServiceError): Promise<EventPage<Event>> {
    const { prunedPosition } = await this.options.reader.readState();
    this.logger.error(
      `The cursor ${this.options.cursor} cannot continue (${error.message}); ` +
        `publishing again from the oldest kept event, ${prunedPosition + 1}`,
    );
    const oldest = { position: prunedPosition, sequencedAtMs: 0 };
    this.position = oldest;
    return this.readAfter(oldest);
  }

  private async publish(page: EventPage<Event>, held: HeldLease): Promise<void> {
    const messages = page.events.flatMap((event) => this.options.toMessage(event) ?? []);
    if (messages.length === 0) return;
    await this.ports.publisher.publish(messages, Math.min(MAX_SEND_MS, this.leftMs(held)));
  }

  /** Moves the cursor. Returns whether this instance still holds it. */
  private async advance(lease: CursorLease, to: LogPosition): Promise<boolean> {
    const renewedMs = performance.now();
    const renewed = await this.ports.cursors.advance(lease, to.position);
    if (!renewed) {
      this.forget();
      return false;
    }
    this.held = { lease: renewed, renewedMs };
    this.position = to;
    return true;
  }

  private async renewIfDue({ lease, renewedMs }: HeldLease): Promise<void> {
    this.recordSuccess();
    if (performance.now() - renewedMs < RENEW_INTERVAL_MS) return;
    await this.advance(lease, this.position ?? { position: lease.position, sequencedAtMs: 0 });
  }

  private leftMs({ renewedMs }: HeldLease): number {
    return renewedMs + LEASE_MS - LEASE_MARGIN_MS - performance.now();
  }

  private forget(): void {
    this.held = undefined;
    this.position = undefined;
    this.nextPage = undefined;
  }

  private recordSuccess(): void {
    this.failures = 0;
    this.outageLog.recordUp();
  }

  private backOff(reason: string): void {
    this.failures += 1;
    this.outageLog.recordDown(reason);
    const maxMs = Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** (this.failures - 1));
    this.resumeAtMs = performance.now() + maxMs * (0.5 + Math.random() / 2);
  }
}
