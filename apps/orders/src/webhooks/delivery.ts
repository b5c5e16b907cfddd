/**
 * RETRYING: will be attempted at a known time. QUEUED: waits behind an earlier delivery of its key.
 * PARKED: is attempted no more until a client asks for it, and its key waits. DELIVERED and DISCARDED are
 * done, and kept for a while to be looked up.
 */
export const DELIVERY_STATUSES = [
  'RETRYING',
  'QUEUED',
  'PARKED',
  'DELIVERED',
  'DISCARDED',
] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** The delivery of one event to one webhook. */
export interface Delivery {
  /** The `webhook-id` of the event. */
  readonly id: string;
  readonly position: number;
  readonly key: string;
  readonly type: string;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly nextAttemptAt: Date | null;
  readonly lastAttemptAt: Date | null;
  /** Of the last attempt; null if there was no response. */
  readonly responseCode: number | null;
  /** What was wrong with the last attempt; null if nothing was. */
  readonly error: string | null;
}

/** The outcome of one attempt. */
export interface AttemptOutcome {
  readonly isDelivered: boolean;
  readonly responseCode: number | null;
  readonly error: string | null;
  /** How long the receiver asks to wait; undefined if it does not. */
  readonly retryAfterMs?: number;
}

export interface RetrySettings {
  /** The pause after the first failure. It grows threefold with each further one. */
  readonly minPauseMs: number;
  readonly maxPauseMs: number;
  /** The age of a delivery, from its first failure, at which the next failure parks it. */
  readonly parkAfterMs: number;
}

const GROWTH = 3;
/** Spreads the retries of deliveries that have failed together. */
const JITTER = 0.2;

/**
 * Returns the pause before the next attempt, or undefined if the delivery is to be parked. The last attempt
 * is made when the age is reached. `attempts`: those that have failed; `random`: from 0 to 1.
 */
export const nextPauseMs = (
  { minPauseMs, maxPauseMs, parkAfterMs }: RetrySettings,
  {
    attempts,
    ageMs,
    retryAfterMs = 0,
  }: { readonly attempts: number; readonly ageMs: number; readonly retryAfterMs?: number },
  random: number,
): number | undefined => {
  const leftMs = parkAfterMs - ageMs;
  if (leftMs <= 0) return undefined;
  const backoffMs = Math.min(maxPauseMs, minPauseMs * GROWTH ** Math.min(attempts - 1, 30));
  const askedMs = Math.min(maxPauseMs, Math.max(backoffMs, retryAfterMs));
  return Math.round(Math.min(askedMs * (1 - JITTER + 2 * JITTER * random), leftMs));
};

/** Requests of a client about a delivery. */
export type DeliveryRequest = 'redeliver' | 'discard';

const ALLOWED: Readonly<Record<DeliveryRequest, readonly DeliveryStatus[]>> = {
  // One that is queued is delivered after the one before it.
  redeliver: ['RETRYING', 'PARKED', 'DELIVERED', 'DISCARDED'],
  discard: ['RETRYING', 'QUEUED', 'PARKED'],
};

/** Whether the status of a delivery allows a request. */
export const allows = (status: DeliveryStatus, request: DeliveryRequest): boolean =>
  ALLOWED[request].includes(status);

/** Returns the requests that a status allows. */
export const allowedRequests = (status: DeliveryStatus): DeliveryRequest[] =>
  (['redeliver', 'discard'] as const).filter((request) => allows(status, request));
