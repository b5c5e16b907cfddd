import { Logger } from '@nestjs/common';
import { OutageLog } from '@app/runtime';
import type { PublicEvent } from '../events/order-log-event';
import { type AttemptOutcome, type DeliveryStatus, nextPauseMs } from './delivery';
import type { DeliveryNews, DeliveryProgress, NewDeliveryRecord } from './delivery-progress';
import { DeliveryWindow, type WindowEntry } from './delivery-window';
import { bodyOf, type WebhookTarget } from './webhook';
import type { WebhookDeliveryClient } from './webhook-delivery.client';
import type { DueDelivery } from './webhook-delivery.repository';
import type { WebhookOptions } from './webhook-options';

/** Failures in a row after which the log says that the webhook is unavailable. */
const LOGGED_FAILURES = 3;

/** An event of the log for one webhook. */
export interface NewItem extends WindowEntry {
  /** The `webhook-id`. */
  readonly id: string;
  readonly ref: string;
  readonly event: PublicEvent;
}

/** A delivery that is due, with its event; undefined if that no longer exists. */
export interface RetryItem extends DueDelivery {
  readonly event: PublicEvent | undefined;
}

export interface AttemptsOptions {
  /** Position up to which all events are done. */
  readonly position: number;
  readonly progress: DeliveryProgress;
  /** Ends all attempts. Their outcomes are then unknown. */
  readonly signal: AbortSignal;
  /** Whether another attempt may begin now. */
  readonly mayStart: () => boolean;
  /** Called when an attempt has ended. */
  readonly onChange: () => void;
}

/**
 * The attempts to deliver to one webhook: some at a time, at most one of a key, and of a key in the order of
 * the events.
 */
export class WebhookAttempts {
  private readonly logger = new Logger(WebhookAttempts.name);
  private readonly outageLog: OutageLog;
  private readonly window: DeliveryWindow<NewItem>;
  /** Keys of which an attempt is in flight. */
  private readonly activeKeys = new Set<string>();
  private due: RetryItem[] = [];
  /** Deliveries that are due here, in flight, or not yet written. */
  private readonly retryIds = new Set<string>();
  private retriesInFlight = 0;
  private failuresInARow = 0;

  constructor(
    private target: WebhookTarget,
    private readonly client: WebhookDeliveryClient,
    private readonly settings: WebhookOptions,
    private readonly options: AttemptsOptions,
  ) {
    this.window = new DeliveryWindow(options.position);
    this.outageLog = new OutageLog(`Webhook ${target.id}`);
  }

  /** How many new events are not done. */
  get openCount(): number {
    return this.window.size;
  }

  /** How many deliveries are due that are not in flight. */
  get dueCount(): number {
    return this.due.length;
  }

  get inFlightCount(): number {
    return this.activeKeys.size;
  }

  /** Position up to which new events were added or left out. */
  get end(): number {
    return this.window.end;
  }

  /** Position up to which all new events are done. */
  get donePosition(): number {
    return this.window.donePosition;
  }

  /** How many deliveries `isRetrying` knows. */
  get retryingCount(): number {
    return this.retryIds.size;
  }

  /** Whether the delivery is due here, in flight, or its outcome is not yet written. */
  isRetrying(id: string): boolean {
    return this.retryIds.has(id);
  }

  /** Later attempts are for what the webhook is now. */
  update(target: WebhookTarget): void {
    this.target = target;
  }

  /** Adds the events of the next page of the log, which ends at `end`. */
  addNew(items: readonly NewItem[], end: number): void {
    this.window.add(items, end);
  }

  addDue(items: readonly RetryItem[]): void {
    this.due.push(...items);
    for (const { id } of items) this.retryIds.add(id);
  }

  /** The outcomes are in the database. */
  markWritten({ retried }: DeliveryNews): void {
    for (const { id } of retried) this.retryIds.delete(id);
  }

  /** Begins as many attempts as are allowed. Retries take at most half of them while there are new events. */
  start(): void {
    const { concurrency } = this.settings;
    const maxRetries = this.window.size > 0 ? Math.floor(concurrency / 2) : concurrency;
    while (this.activeKeys.size < concurrency && this.options.mayStart()) {
      const retry = this.retriesInFlight < maxRetries ? this.takeDue() : undefined;
      if (retry) {
        void this.retry(retry);
        continue;
      }
      const item = this.window.take((key) => !this.activeKeys.has(key));
      if (!item) return;
      void this.deliver(item);
    }
  }

  private takeDue(): RetryItem | undefined {
    const isFree = ({ key }: RetryItem) => !this.activeKeys.has(key) && !this.window.has(key);
    const index = this.due.findIndex(isFree);
    return index < 0 ? undefined : this.due.splice(index, 1)[0];
  }

  private async deliver(item: NewItem): Promise<void> {
    const { progress } = this.options;
    const outcome = await this.attempt(item.key, item.id, item.event);
    if (!outcome) return;
    if (outcome.isDelivered) {
      this.window.finish(item);
      progress.addDelivered(toRecord(item, outcome, null));
    } else {
      const pauseMs = this.pauseAfter(outcome, 1, 0);
      const [, ...later] = this.window.removeKey(item.key);
      progress.addWaiting([toRecord(item, outcome, pauseMs), ...later.map(toQueued)]);
    }
    this.continue();
  }

  private async retry(item: RetryItem): Promise<void> {
    const { id, key, event, attempts, ageMs } = item;
    const { progress } = this.options;
    if (!event) {
      const gone = { pauseMs: null, responseCode: null, error: 'The event no longer exists' };
      progress.addRetried({ id, key, status: 'DISCARDED', ...gone });
      return;
    }
    this.retriesInFlight += 1;
    const outcome = await this.attempt(key, id, event);
    this.retriesInFlight -= 1;
    if (!outcome) return;
    const { isDelivered, responseCode, error } = outcome;
    const pauseMs = isDelivered ? null : this.pauseAfter(outcome, attempts + 1, ageMs);
    const status = statusAfter(isDelivered, pauseMs);
    progress.addRetried({ id, key, status, pauseMs, responseCode, error });
    if (status === 'PARKED') {
      this.logger.warn(`Webhook ${this.target.id}: delivery ${id} is parked (${error})`);
    }
    this.continue();
  }

  /** Undefined if the attempts were ended. */
  private async attempt(
    key: string,
    id: string,
    event: PublicEvent,
  ): Promise<AttemptOutcome | undefined> {
    const { signal, progress } = this.options;
    this.activeKeys.add(key);
    const outcome = await this.client.send(this.target, { id, body: bodyOf(event) }, signal);
    this.activeKeys.delete(key);
    if (signal.aborted) return undefined;
    progress.recordAttempt(outcome);
    this.log(outcome);
    return outcome;
  }

  private pauseAfter(
    { retryAfterMs }: AttemptOutcome,
    attempts: number,
    ageMs: number,
  ): number | null {
    const delivery = { attempts, ageMs, ...(retryAfterMs !== undefined && { retryAfterMs }) };
    return nextPauseMs(this.settings, delivery, Math.random()) ?? null;
  }

  private continue(): void {
    this.start();
    this.options.onChange();
  }

  private log({ isDelivered, error }: AttemptOutcome): void {
    this.failuresInARow = isDelivered ? 0 : this.failuresInARow + 1;
    if (isDelivered) this.outageLog.recordUp();
    else if (this.failuresInARow >= LOGGED_FAILURES) this.outageLog.recordDown(error ?? '');
  }
}

const statusAfter = (isDelivered: boolean, pauseMs: number | null): DeliveryStatus => {
  if (isDelivered) return 'DELIVERED';
  return pauseMs === null ? 'PARKED' : 'RETRYING';
};

/** The record of the first attempt of an event. */
const toRecord = (
  { id, position, ref, key, event }: NewItem,
  { isDelivered, responseCode, error }: AttemptOutcome,
  pauseMs: number | null,
): NewDeliveryRecord => {
  const status = statusAfter(isDelivered, pauseMs);
  const { type } = event;
  return { id, position, ref, key, type, status, attempts: 1, pauseMs, responseCode, error };
};

/** The record of an event that waits behind others of its key. */
export const toQueued = ({ id, position, ref, key, event }: NewItem): NewDeliveryRecord => ({
  id,
  position,
  ref,
  key,
  type: event.type,
  status: 'QUEUED',
  attempts: 0,
  pauseMs: null,
  responseCode: null,
  error: null,
});
