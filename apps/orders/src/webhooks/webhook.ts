import type { PublicEvent } from '../events/order-log-event';
import type { DisabledReason } from '../events/webhook-log-event';

/** The types of events that webhooks can receive. */
export type WebhookEventType = PublicEvent['type'];

/** An endpoint of another system that receives events. */
export interface Webhook {
  readonly id: string;
  readonly url: string;
  /** Null: all types, also those that a later version adds. */
  readonly types: readonly WebhookEventType[] | null;
  readonly description: string | null;
  readonly disabledAt: Date | null;
  readonly disabledReason: DisabledReason | null;
  /** Since when no delivery has succeeded; null if the last one did. */
  readonly failingSince: Date | null;
  /** Until when the secret before the last rotation signs as well; null if none does. */
  readonly previousSecretUntil: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A webhook with the number of deliveries that are not done. */
export interface WebhookState extends Webhook {
  /** Deliveries that wait for a retry, or behind an earlier one of their key. */
  readonly waiting: number;
  readonly parked: number;
}

/** What a client chooses. */
export type WebhookSettings = Pick<Webhook, 'url' | 'types' | 'description'>;

export interface WebhookChanges extends Partial<WebhookSettings> {
  readonly enabled?: boolean;
}

/** What a delivery needs of its webhook. */
export interface WebhookTarget {
  readonly id: string;
  readonly url: string;
  readonly types: readonly WebhookEventType[] | null;
  /** Those that sign, the newest first. */
  readonly secrets: readonly string[];
  readonly failingSince: Date | null;
}

/** A response within these has delivered the event. */
export const isSuccess = (responseCode: number): boolean =>
  responseCode >= 200 && responseCode <= 299;

/** Returns the `webhook-id` of an event. It has no full stop, since a signature joins its parts by them. */
export const webhookIdOf = ({ eventId }: PublicEvent): string => eventId.replaceAll('.', '-');

/** Whether a webhook receives events of a type. */
export const receives = ({ types }: Pick<Webhook, 'types'>, type: WebhookEventType): boolean =>
  types?.includes(type) ?? true;

/** The body of an event. Its bytes are what is signed. */
export const bodyOf = (event: PublicEvent): string =>
  JSON.stringify({ type: event.type, timestamp: event.time, data: event });

export const MAX_URL_LENGTH = 2_048;

const parseUrl = (text: string): URL | undefined => {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
};

/** Returns the fault of the URL of a webhook, or undefined. */
export const webhookUrlFault = (value: unknown): string | undefined => {
  if (value === undefined || value === null || value === '') return 'is required';
  if (typeof value !== 'string') return 'must be text';
  if (value.length > MAX_URL_LENGTH) return `must be at most ${MAX_URL_LENGTH} characters long`;
  const url = parseUrl(value);
  if (!url) return 'must be an absolute URL, such as https://shop.example/hooks';
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return 'must begin with https:// or http://';
  }
  if (url.username !== '' || url.password !== '') {
    return 'must not have a user name or password; the signature says who sends';
  }
  if (url.hash !== '') return 'must not have a fragment (#…), which is never sent; remove it';
  return undefined;
};
