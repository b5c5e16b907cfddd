import type { RetrySettings } from './delivery';

export const WEBHOOK_OPTIONS = Symbol('WEBHOOK_OPTIONS');

/** The settings of webhooks. */
export interface WebhookOptions extends RetrySettings {
  /** Whether webhooks may be at private addresses, such as those of this machine. */
  readonly allowPrivate: boolean;
  /** Requests in flight to one webhook. */
  readonly concurrency: number;
  readonly connectTimeoutMs: number;
  /** From the begin of an attempt to the headers of its response. */
  readonly timeoutMs: number;
  /** How long deliveries may only fail until their webhook is disabled. */
  readonly disableAfterMs: number;
}
