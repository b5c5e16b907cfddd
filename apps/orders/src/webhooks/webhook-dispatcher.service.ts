import { bulkhead } from 'cockatiel';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { EventCursorRepository } from '@app/events';
import { EventsRepository } from '../events/events.repository';
import { type DelivererParts, WebhookDeliverer } from './webhook-deliverer.service';
import { WebhookDeliveryClient } from './webhook-delivery.client';
import { WebhookDeliveryRepository } from './webhook-delivery.repository';
import { MAX_WEBHOOKS } from './webhook-errors';
import { WEBHOOK_OPTIONS, type WebhookOptions } from './webhook-options';
import { cursorNameOf, type TargetState, WebhookRepository } from './webhook.repository';

/** Reads the log for webhooks, apart from the reads of callers. */
export const WEBHOOK_EVENTS = Symbol('WEBHOOK_EVENTS');

/** How often the webhooks are read. A process that died is replaced by the next one after its lease ended. */
const REFRESH_INTERVAL_MS = 1_000;
/** Deliverers that use the database at a time, each with one connection of those for orders. */
const MAX_DATABASE_TASKS = 2;
/** An instance that has written recently polls the log often. */
const BUSY_MS = 2_000;

interface Held {
  target: TargetState;
  readonly deliverer: WebhookDeliverer;
}

/** Delivers events to all webhooks whose cursors this instance can take. */
@Injectable()
export class WebhookDispatcher implements BeforeApplicationShutdown {
  private readonly parts: DelivererParts;
  private held = new Map<string, Held>();
  private refreshedAtMs = -Infinity;
  private writtenAtMs = -Infinity;
  private isClosing = false;

  constructor(
    webhooks: WebhookRepository,
    deliveries: WebhookDeliveryRepository,
    cursors: EventCursorRepository,
    client: WebhookDeliveryClient,
    @Inject(WEBHOOK_EVENTS) events: EventsRepository,
    @Inject(WEBHOOK_OPTIONS) options: WebhookOptions,
  ) {
    const databaseTasks = bulkhead(MAX_DATABASE_TASKS, MAX_WEBHOOKS);
    this.parts = { webhooks, deliveries, cursors, events, client, options, databaseTasks };
  }

  /** Whether there is nothing to do that this instance knows of. */
  get isAtRest(): boolean {
    const isBusy = performance.now() - this.writtenAtMs < BUSY_MS;
    const isRunning = [...this.held.values()].some(({ deliverer }) => deliverer.isRunning);
    return this.held.size === 0 || !(isBusy || isRunning);
  }

  /** Says that this process has committed something. */
  recordWrite(): void {
    this.writtenAtMs = performance.now();
  }

  /** Looks for new events and for webhooks to take over. Delivers in the background. Returns false. */
  async poll(): Promise<boolean> {
    if (this.isClosing) return false;
    const isRefresh = performance.now() - this.refreshedAtMs >= REFRESH_INTERVAL_MS;
    if (!isRefresh && this.held.size === 0) return false;
    const end = isRefresh ? await this.refresh() : await this.parts.webhooks.readEnd();
    for (const { target, deliverer } of this.held.values()) {
      deliverer.notify(target, end, isRefresh && target.hasDue);
    }
    return false;
  }

  /** Lets other instances take over. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isClosing = true;
    const deliverers = [...this.held.values()].map(({ deliverer }) => deliverer);
    this.held.clear();
    await Promise.all(deliverers.map((deliverer) => deliverer.close()));
  }

  /** Reads the webhooks, takes those that are free, and forgets those that are lost. Returns the log's end. */
  private async refresh(): Promise<number> {
    this.refreshedAtMs = performance.now();
    const { end, targets } = await this.parts.webhooks.readTargets();
    for (const [id, { deliverer }] of this.held) if (deliverer.isOver) this.held.delete(id);
    for (const target of targets) {
      const held = this.held.get(target.id);
      if (held) held.target = target;
      else if (target.isFree) await this.acquire(target);
    }
    return end;
  }

  private async acquire(target: TargetState): Promise<void> {
    const acquiredAtMs = performance.now();
    const lease = await this.parts.cursors.acquire(cursorNameOf(target.id));
    if (!lease) return;
    if (this.isClosing) await this.parts.cursors.release(lease);
    else {
      const deliverer = new WebhookDeliverer(lease, target, this.parts, acquiredAtMs);
      this.held.set(target.id, { target, deliverer });
    }
  }
}
