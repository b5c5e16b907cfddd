import { createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';
/** Standard Webhooks: 24 to 64 bytes. */
const SECRET_BYTES = 32;

/** How long the old secret signs as well after a rotation. */
export const SECRET_OVERLAP_HOURS = 24;

/** Returns a new random secret. */
export const newSecret = (): string => PREFIX + randomBytes(SECRET_BYTES).toString('base64');

/** What is sent to a webhook in one request. */
export interface WebhookMessage {
  /** The same in every delivery of an event. */
  readonly id: string;
  readonly body: string;
}

const signatureOf = (secret: string, content: string): string => {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  return `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
};

/**
 * Returns the headers of Standard Webhooks for a message that is sent now, with one signature for each
 * secret. A receiver accepts the message if one of them is right.
 */
export const signedHeaders = (
  { id, body }: WebhookMessage,
  secrets: readonly string[],
  nowMs: number,
): Record<string, string> => {
  const timestamp = Math.floor(nowMs / 1_000);
  const content = `${id}.${timestamp}.${body}`;
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': secrets.map((secret) => signatureOf(secret, content)).join(' '),
  };
};
