import { ServiceError } from '@app/errors';

/**
 * The key in quotes, as the draft of the standard requires, or without quotes, as most clients send it.
 * Without quotes it has no comma: Node joins a header that was sent twice as `key, key`, and that must
 * not pass as a key.
 */
export const KEY =
  /^(?:"([\x20\x21\x23-\x7e]{1,255})"|([\x21\x23-\x2b\x2d-\x7e][\x20-\x2b\x2d-\x7e]{0,254}))$/;
const KEY_FAULT =
  'must be sent once, as 1 to 255 printable ASCII characters, in quotes if it contains a comma, such as "8e03978e-40d5-43dd-bc93-6894a57f9324"';

/** Reads the `Idempotency-Key` header. Null without one: the request places an order of its own. */
export const parseIdempotencyKey = (header: string | undefined): string | null => {
  if (header === undefined) return null;
  const [, quoted, plain] = KEY.exec(header.trim()) ?? [];
  const key = quoted ?? plain;
  if (key === undefined) {
    throw ServiceError.invalid([{ field: 'Idempotency-Key', fault: KEY_FAULT }]);
  }
  return key;
};

const MAX_TIMEOUT_MS = 60_000;
const TIMEOUT_FAULT = `must be a whole number of milliseconds from 1 to ${MAX_TIMEOUT_MS}`;

/** Returns when to respond: after the configured time, or sooner if `Request-Timeout-Ms` is shorter. */
export const parseDeadline = (header: string | undefined, configuredMs: number): Date => {
  const requestedMs = header === undefined ? configuredMs : parseMs(header.trim());
  return new Date(Date.now() + Math.min(requestedMs, configuredMs));
};

const parseMs = (text: string): number => {
  const ms = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (ms >= 1 && ms <= MAX_TIMEOUT_MS) return ms;
  throw ServiceError.invalid([{ field: 'Request-Timeout-Ms', fault: TIMEOUT_FAULT }]);
};
