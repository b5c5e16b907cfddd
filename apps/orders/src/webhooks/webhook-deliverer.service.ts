import type { IPolicy } from 'cockatiel';
import { Logger } from '@nestjs/common';
import { ServiceError } from '@app/errors';
import { type CursorLease, type EventCursorRepository, LEASE_MS } from '@app/events';
import { AsyncSignal } from '@app/runtime';
import { keyOf, toPublicEvent } from '../events/order-log-event';
import type { EventsRepository, LoggedEvent } from '../events/events.repository';
import { type DeliveryNews, DeliveryProgress } from './delivery-progress';
import { receives, webhookIdOf, type WebhookTarget } from './webhook';
import { type NewItem, toQueued, WebhookAttempts } from './webhook-attempts.service';
import type { WebhookDeliveryClient } from './webhook-delivery.client';
import type { WebhookDeliveryRepository } from './webhook-delivery.repository';
import type { WebhookOptions } from './webhook-options';
import type { WebhookRepository } from './webhook.repository';

/** Events of one webhook in memory. */
const MAX_OPEN = 200;
const PAGE_SIZE = 100;
/** Deliveries of one webhook that wait or are parked. Beyond that no further events are read for it. */
const MAX_WAITING = 10_000;
/** Pause between two transactions that write what has happened. */
const FLUSH_INTERVAL_MS = 50;
/** Well below the time of a lease. */
const RENEW_INTERVAL_MS = 2_000;
/** Attempts begin only while so much of the lease is left. */
const MIN_LEASE_MS = 1_000;
const PRUNE_INTERVAL_MS = 10_000;
/** Attempts in flight may take this long when the process shuts down. */
const CLOSE_TIMEOUT_MS = 3_000;

/** What all deliverers share. */
export interface DelivererParts {
  readonly webhooks: WebhookRepository;
  readonly deliveries: WebhookDeliveryRepository;
  readonly cursors: EventCursorRepository;
  readonly events: EventsRepository;
  readonly client: WebhookDeliveryClient;
  readonly options: WebhookOptions;
  /** Bounds the connections of the database that all deliverers use at a time. */
  readonly databaseTasks: IPolicy;
}

/**
 * Delivers the events of the log to one webhook, while this process has the lease of its cursor. One task
 * reads and writes the database, so that no event passes an earlier one of its key; attempts run beside it.
 */
export class WebhookDeliverer {
  private readonly logger = new Logger(WebhookDeliverer.name);
  private readonly progress: DeliveryProgress;
  private readonly attempts: WebhookAttempts;
  private readonly stopping = new AbortController();
  private mayHaveDue = true;
  private waitingCount: number | undefined;
  private logEnd = 0;
  private isClosing = false;
  private flushedAtMs = performance.now();
  private prunedAtMs = performance.now();
  private leaseEndsAtMs = 0;
  private expiry: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private readonly changed = new AsyncSignal();

  /** `acquiredAtMs`: when the statement that took the lease was sent, by `performance.now()`. */
  constructor(
    private lease: CursorLease,
    private target: WebhookTarget,
    private readonly parts: DelivererParts,
    acquiredAtMs: number,
  ) {
    this.progress = new DeliveryProgress(target.failingSince);
    this.attempts = new WebhookAttempts(target, parts.client, parts.options, {
      position: lease.position,
      progress: this.progress,
      signal: this.stopping.signal,
      mayStart: () => this.mayStart,
      onChange: this.changed.notify,
    });
    this.extendLease(acquiredAtMs);
  }

  /** Whether it has lost the lease, or was closed. It does nothing more. */
  get isOver(): boolean {
    return this.stopping.signal.aborted;
  }

  get isRunning(): boolean {
    return this.running !== undefined;
  }

  /** Says what the webhook is now and where the log ends. Begins to deliver, unless it does already. */
  notify(target: WebhookTarget, logEnd: number, hasDue: boolean): void {
    this.target = target;
    this.attempts.update(target);
    this.logEnd = logEnd;
    this.mayHaveDue ||= hasDue;
    this.changed.notify();
    this.running ??= this.run()
      .catch((error: unknown) => this.logFailure(error))
      .finally(() => (this.running = undefined));
  }

  /**
   * Waits for attempts in flight for 3 s at most, writes what has happened, and lets another process take
   * over at once.
   */
  async close(): Promise<void> {
    this.isClosing = true;
    this.changed.notify();
    await this.running;
    const deadlineMs = performance.now() + CLOSE_TIMEOUT_MS;
    while (this.attempts.inFlightCount > 0 && !this.isOver && performance.now() < deadlineMs) {
      await this.change();
    }
    if (this.isOver) return;
    await this.flush().catch((error: unknown) => this.logFailure(error));
    this.end();
    await this.parts.cursors.release(this.lease).catch((error: unknown) => this.logFailure(error));
  }

  private end(): void {
    clearTimeout(this.expiry);
    this.stopping.abort();
    this.changed.notify();
  }

  private async run(): Promise<void> {
    while (!this.isOver && !this.isClosing) {
      await this.parts.databaseTasks.execute(() => this.flushAndRefill());
      this.attempts.start();
      if (this.isIdle) return;
      await this.change();
    }
  }

  private async flushAndRefill(): Promise<void> {
    if (this.isFlushDue) await this.flush();
    if (!this.isOver) await this.refill();
  }

  private get hasNews(): boolean {
    return !this.progress.isEmpty || this.attempts.donePosition > this.lease.position;
  }

  private get isFlushDue(): boolean {
    const sinceMs = performance.now() - this.flushedAtMs;
    return sinceMs >= (this.hasNews ? FLUSH_INTERVAL_MS : RENEW_INTERVAL_MS);
  }

  private get isIdle(): boolean {
    const { openCount, dueCount, inFlightCount } = this.attempts;
    return openCount + dueCount + inFlightCount === 0 && !this.hasNews && !this.canReadMore;
  }

  private get isFull(): boolean {
    return (this.waitingCount ?? 0) + this.progress.waitingCount >= MAX_WAITING;
  }

  private get canReadMore(): boolean {
    return this.attempts.end < this.logEnd && !this.isFull;
  }

  private get mayStart(): boolean {
    const isLeased = performance.now() < this.leaseEndsAtMs - MIN_LEASE_MS;
    return isLeased && !this.isOver && !this.isClosing;
  }

  /** Resolves when something has happened, at the latest when it is time to write. */
  private async change(): Promise<void> {
    await this.changed.wait(this.hasNews ? FLUSH_INTERVAL_MS : RENEW_INTERVAL_MS / 2);
  }

  private extendLease(fromMs: number): void {
    clearTimeout(this.expiry);
    this.leaseEndsAtMs = fromMs + LEASE_MS;
    this.expiry = setTimeout(() => this.end(), this.leaseEndsAtMs - performance.now()).unref();
  }

  /** Writes what has happened, moves the cursor and renews the lease. */
  private async flush(): Promise<void> {
    const startedAtMs = performance.now();
    // One that can read nothing more is not healthy, even if no attempt fails.
    if (this.isFull) this.progress.recordAttempt({ isDelivered: false });
    const news = this.progress.news(Date.now());
    const renewed = await this.write(news);
    if (!renewed) {
      this.end();
      return;
    }
    this.lease = renewed;
    this.flushedAtMs = startedAtMs;
    this.extendLease(startedAtMs);
    this.progress.markWritten(news, Date.now());
    this.attempts.markWritten(news);
    if (news.recorded.length + news.retried.length > 0 || this.isFull) await this.afterChange();
    if (this.progress.isFailing) await this.disableIfTooOld();
  }

  private write(news: DeliveryNews): Promise<CursorLease | undefined> {
    const { deliveries, cursors } = this.parts;
    const position = this.attempts.donePosition;
    const isPlain = news.recorded.length + news.retried.length === 0 && !news.health;
    if (isPlain) return cursors.advance(this.lease, position);
    return deliveries.record(this.lease, { ...news, endpointId: this.target.id, position });
  }

  private async afterChange(): Promise<void> {
    const { deliveries } = this.parts;
    this.mayHaveDue = true;
    this.waitingCount = await deliveries.countWaiting(this.target.id);
    if (performance.now() - this.prunedAtMs < PRUNE_INTERVAL_MS) return;
    this.prunedAtMs = performance.now();
    await deliveries.prune(this.target.id);
  }

  private async disableIfTooOld(): Promise<void> {
    const { id } = this.target;
    const { webhooks, options } = this.parts;
    if (!(await webhooks.disableFailing(id, options.disableAfterMs))) return;
    this.logger.warn(`Webhook ${id} is disabled: its deliveries have only failed for too long`);
    this.end();
  }

  private async refill(): Promise<void> {
    this.waitingCount ??= await this.parts.deliveries.countWaiting(this.target.id);
    if (this.mayHaveDue && this.attempts.dueCount === 0) await this.readDue();
    if (this.canReadMore && this.attempts.openCount <= MAX_OPEN - PAGE_SIZE) await this.readPage();
  }

  private async readDue(): Promise<void> {
    const { deliveries, events, options } = this.parts;
    this.mayHaveDue = false;
    const limit = this.attempts.retryingCount + 4 * options.concurrency;
    const found = await deliveries.due(this.target.id, limit);
    const due = found.filter(({ id }) => !this.attempts.isRetrying(id));
    if (due.length === 0) return;
    const contents = await events.find(due.map(({ ref }) => ref));
    this.attempts.addDue(
      due.map((each) => {
        const event = contents.get(each.ref);
        return { ...each, event: event && toPublicEvent(event) };
      }),
    );
    this.mayHaveDue = found.length === limit;
  }

  private async readPage(): Promise<void> {
    const { events, deliveries } = this.parts;
    const start = { position: this.attempts.end, sequencedAtMs: 0 };
    const page = await events.readAfter(start, PAGE_SIZE);
    const items = page.events.flatMap((event) => this.toItem(event));
    const keys = items.map(({ key }) => key);
    const blocked = await deliveries.blockedKeys(this.target.id, keys);
    // Those that have failed here since then are not in the database yet.
    for (const key of this.progress.waitingKeys) blocked.add(key);
    this.progress.addWaiting(items.filter(({ key }) => blocked.has(key)).map(toQueued));
    const free = items.filter(({ key }) => !blocked.has(key));
    this.attempts.addNew(free, page.end.position);
  }

  private toItem(logged: LoggedEvent): NewItem[] {
    const event = toPublicEvent(logged);
    if (!event || !receives(this.target, event.type)) return [];
    const { position, ref } = logged;
    return [{ position, ref, key: keyOf(event), id: webhookIdOf(event), event }];
  }

  private logFailure(error: unknown): void {
    const isExpected = error instanceof ServiceError && error.reason !== 'INTERNAL';
    const message = `Failed to deliver to webhook ${this.target.id}; retrying`;
    if (isExpected) this.logger.debug({ err: error }, message);
    else this.logger.error({ err: error }, message);
  }
}
