import type { IncomingMessage } from 'node:http';
import { isUnauthenticated } from './access-errors';

/**
 * A revoked API key is rejected within 5 s: its cache takes up to 3 s. A check takes some 5 µs, and there are
 * at most 2,250 streams.
 */
const CHECK_INTERVAL_MS = 1_000;

const CHECK = Symbol('check');

type Check = (authorization: string | undefined) => Promise<unknown>;

interface Checked {
  [CHECK]?: Check;
}

/** Records how the credentials of a request are checked again. */
export const setCheck = (request: IncomingMessage, check: Check): void => {
  (request as Checked)[CHECK] = check;
};

/**
 * Calls `end` soon after the credentials of a request have expired or were revoked, for a response that may
 * last longer than they do. An outage of what checks them ends nothing. Returns a function that stops the
 * checks. While authentication is off there are none.
 */
export const whenAccessEnds = (request: IncomingMessage, end: () => void): (() => void) => {
  const { [CHECK]: check } = request as Checked;
  if (!check) return () => undefined;
  const timer = setInterval(() => {
    check(request.headers.authorization).catch((error: unknown) => {
      if (isUnauthenticated(error)) end();
    });
  }, CHECK_INTERVAL_MS);
  return () => clearInterval(timer);
};
