import type { IncomingMessage } from 'node:http';

/** The header by which a client says how long it waits for its response. */
export const REQUEST_TIMEOUT_HEADER = 'request-timeout-ms';

export const MAX_REQUEST_TIMEOUT_MS = 60_000;

/** Returns how long the client waits; undefined if it does not say so, or if the handler will reject that. */
export const timeoutMsOf = ({ headers }: IncomingMessage): number | undefined => {
  const ms = Number(headers[REQUEST_TIMEOUT_HEADER]);
  return ms >= 1 && ms <= MAX_REQUEST_TIMEOUT_MS ? ms : undefined;
};
