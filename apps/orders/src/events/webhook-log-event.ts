/** Why a webhook is disabled: a client asked for it, or its deliveries had only failed for too long. */
export const DISABLED_REASONS = ['REQUESTED', 'FAILING'] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

export const WEBHOOK_DISABLED = 'webhook.disabled';

/** A webhook was disabled, as other systems receive it. */
export interface WebhookLogEvent {
  /** The same for every delivery of the event, so that a receiver recognizes a repeated one. */
  readonly eventId: string;
  readonly type: typeof WEBHOOK_DISABLED;
  readonly time: string;
  readonly webhookId: string;
  readonly reason: DisabledReason;
}

const REF = /^webhook\/([0-9a-f-]{36})\/(REQUESTED|FAILING)\/(\d+)$/;
const MICROSECONDS = 1_000;

/**
 * Returns the event of an entry of the log; undefined if it is no event of a webhook. The entry has all that the
 * event tells, since webhooks are changed and deleted.
 */
export const parseWebhookRef = (ref: string): WebhookLogEvent | undefined => {
  const [, webhookId, reason, microseconds] = REF.exec(ref) ?? [];
  if (webhookId === undefined || microseconds === undefined) return undefined;
  return {
    eventId: `${webhookId}.disabled.${microseconds}`,
    type: WEBHOOK_DISABLED,
    time: new Date(Number(microseconds) / MICROSECONDS).toISOString(),
    webhookId,
    reason: reason as DisabledReason,
  };
};
