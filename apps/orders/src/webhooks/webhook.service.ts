import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { type Page, pageOf } from '@app/contracts';
import { Database, type LaneRequest } from '@app/postgres';
import {
  allows,
  type AttemptOutcome,
  type Delivery,
  type DeliveryRequest,
  type DeliveryStatus,
} from './delivery';
import type { WebhookChanges, WebhookSettings, WebhookState } from './webhook';
import { WebhookDeliveryClient } from './webhook-delivery.client';
import { WebhookDeliveryRepository } from './webhook-delivery.repository';
import {
  deliveryNotFound,
  deliveryStateConflict,
  MAX_TESTS,
  MAX_WEBHOOKS,
  tooManyTests,
  tooManyWebhooks,
  webhookDisabled,
  webhookNotFound,
} from './webhook-errors';
import { newSecret, SECRET_OVERLAP_HOURS } from './webhook-signature';
import { lockWebhook, WebhookRepository } from './webhook.repository';

/** A webhook with the secret that it has got just now. */
export interface WebhookWithSecret {
  readonly webhook: WebhookState;
  readonly secret: string;
}

/** The outcome of a test event. */
export interface TestOutcome extends AttemptOutcome {
  readonly durationMs: number;
}

/** The type of the event that a client sends to a webhook to try it. */
export const TEST_EVENT_TYPE = 'webhook.test';

/** Use cases of the clients that administer webhooks. */
@Injectable()
export class WebhookService {
  private testsInFlight = 0;

  constructor(
    private readonly database: Database,
    private readonly webhooks: WebhookRepository,
    private readonly deliveries: WebhookDeliveryRepository,
    private readonly client: WebhookDeliveryClient,
  ) {}

  /**
   * Creates a webhook, which receives the events that get their position in the log from now on. Throws
   * TOO_MANY_WEBHOOKS.
   */
  async create(settings: WebhookSettings): Promise<WebhookWithSecret> {
    const secret = newSecret();
    const webhook = await this.webhooks.insert({ id: uuidv7(), secret, ...settings }, MAX_WEBHOOKS);
    if (!webhook) throw tooManyWebhooks();
    return { webhook, secret };
  }

  /** Returns all webhooks, the oldest first. */
  list(request: LaneRequest): Promise<WebhookState[]> {
    return this.webhooks.list(request);
  }

  /** Throws WEBHOOK_NOT_FOUND. */
  async get(id: string, request: LaneRequest): Promise<WebhookState> {
    return (await this.webhooks.find(id, request)) ?? notFound(id);
  }

  /**
   * Changes a webhook. To disable it discards the deliveries that wait; to enable it again begins with the
   * present end of the log. Throws WEBHOOK_NOT_FOUND.
   */
  async update(id: string, changes: WebhookChanges): Promise<WebhookState> {
    return (await this.webhooks.update(id, changes)) ?? notFound(id);
  }

  /** Deletes a webhook and its deliveries. Throws WEBHOOK_NOT_FOUND. */
  async delete(id: string): Promise<void> {
    if (!(await this.webhooks.delete(id))) notFound(id);
  }

  /** Replaces the secret of a webhook. The old one signs as well for a day. Throws WEBHOOK_NOT_FOUND. */
  async rotateSecret(id: string): Promise<WebhookWithSecret> {
    const secret = newSecret();
    const webhook = await this.webhooks.rotateSecret(id, secret, SECRET_OVERLAP_HOURS);
    return { webhook: webhook ?? notFound(id), secret };
  }

  /**
   * Sends a test event, once and at once, also to a disabled webhook. Resolves with its outcome. Throws
   * WEBHOOK_NOT_FOUND, and OVERLOADED if too many are in flight.
   */
  async test(id: string): Promise<TestOutcome> {
    const target = (await this.webhooks.findTarget(id)) ?? notFound(id);
    if (this.testsInFlight >= MAX_TESTS) throw tooManyTests();
    this.testsInFlight += 1;
    const startedMs = performance.now();
    const event = {
      type: TEST_EVENT_TYPE,
      timestamp: new Date().toISOString(),
      data: { webhookId: id },
    };
    const message = { id: `test-${uuidv7()}`, body: JSON.stringify(event) };
    try {
      const outcome = await this.client.send(target, message, new AbortController().signal);
      return { ...outcome, durationMs: Math.round(performance.now() - startedMs) };
    } finally {
      this.testsInFlight -= 1;
    }
  }

  /**
   * Returns a page of the deliveries that wait, are parked, or were done lately; the latest event first.
   * Throws WEBHOOK_NOT_FOUND.
   */
  async listDeliveries(
    id: string,
    {
      statuses,
      before,
      limit,
    }: {
      readonly statuses?: readonly DeliveryStatus[];
      readonly before?: number;
      readonly limit: number;
    },
    request: LaneRequest,
  ): Promise<Page<Delivery, number>> {
    const query = { limit: limit + 1, ...(statuses && { statuses }), ...(before && { before }) };
    const found = await this.deliveries.list(id, query, request);
    if (found.length === 0) await this.get(id, request);
    return pageOf(found, limit, ({ position }) => position);
  }

  /**
   * Makes a delivery due now; if it fails, it is retried as a new one is. Throws WEBHOOK_NOT_FOUND,
   * DELIVERY_NOT_FOUND, WEBHOOK_DISABLED, and DELIVERY_STATE_CONFLICT if it waits behind another one.
   */
  redeliver(webhookId: string, deliveryId: string): Promise<Delivery> {
    return this.request(webhookId, deliveryId, 'redeliver');
  }

  /**
   * Abandons a delivery, so that later events of its key go on. Throws WEBHOOK_NOT_FOUND,
   * DELIVERY_NOT_FOUND, and DELIVERY_STATE_CONFLICT if it is done already.
   */
  discard(webhookId: string, deliveryId: string): Promise<Delivery> {
    return this.request(webhookId, deliveryId, 'discard');
  }

  private request(
    webhookId: string,
    deliveryId: string,
    request: DeliveryRequest,
  ): Promise<Delivery> {
    return this.database.transaction(async (tx) => {
      const state = (await lockWebhook(tx, webhookId)) ?? notFound(webhookId);
      const delivery = await this.deliveries.lock(tx, webhookId, deliveryId);
      if (!delivery) throw deliveryNotFound(webhookId, deliveryId);
      if (!allows(delivery.status, request)) throw deliveryStateConflict(delivery, request);
      if (request === 'discard') return this.deliveries.discard(tx, webhookId, deliveryId);
      if (state === 'disabled') throw webhookDisabled(webhookId);
      return this.deliveries.redeliver(tx, webhookId, deliveryId);
    });
  }
}

const notFound = (id: string): never => {
  throw webhookNotFound(id);
};
