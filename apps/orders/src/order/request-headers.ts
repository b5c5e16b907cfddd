import { ServiceError } from '@app/errors';

/**
 * The key in quotes, as the draft of the standard has it, or without, as most clients send it; then
 * without a comma, since a header that is sent twice comes as `key, key`, which is not another key.
 */
const KEY =
  /^(?:"([\x20\x21\x23-\x7e]{1,255})"|([\x21\x23-\x2b\x2d-\x7e][\x20-\x2b\x2d-\x7e]{0,254}))$/;
const KEY_FAULT =
  'must be given once, as 1 to 255 printable ASCII characters, in quotes if there is a comma among them, such as "8e03978e-40d5-43dd-bc93-6894a57f9324"';

/** The `Idempotency-Key` header. Null: there is none, and the request is an order of its own. */
export const idempotencyKeyOf = (header: string | undefined): string | null => {
  if (header === undefined) return null;
  const [, quoted, plain] = KEY.exec(header.trim()) ?? [];
  const key = quoted ?? plain;
  if (key === undefined) {
    throw ServiceError.invalid([{ field: 'Idempotency-Key', fault: KEY_FAULT }]);
  }
  return key;
};

/** How long a request waits for Inventory, as configured. */
export const REQUEST_TIMEOUT_MS = Symbol('REQUEST_TIMEOUT_MS');

const MAX_TIMEOUT_MS = 60_000;
const TIMEOUT_FAULT = `must be a whole number of milliseconds from 1 to ${MAX_TIMEOUT_MS}`;

/** When to answer: as configured, or sooner if the `Request-Timeout-Ms` header says so. */
export const deadlineOf = (header: string | undefined, timeoutMs: number): Date => {
  const wantedMs = header === undefined ? timeoutMs : wholeMs(header.trim());
  return new Date(Date.now() + Math.min(wantedMs, timeoutMs));
};

const wholeMs = (text: string): number => {
  const ms = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (ms >= 1 && ms <= MAX_TIMEOUT_MS) return ms;
  throw ServiceError.invalid([{ field: 'Request-Timeout-Ms', fault: TIMEOUT_FAULT }]);
};
