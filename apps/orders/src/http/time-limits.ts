import type { Server } from 'node:http';

export interface TimeLimits {
  /** How long a request may take to arrive as a whole. */
  readonly receivedWithinMs: number;
  /** How long nothing at all may happen on a connection with a request that is not answered yet. */
  readonly silentForMs: number;
}

/**
 * Node waits five minutes for a request to arrive, and for ever until its answer is taken: whoever
 * does not read a long one would take up room until this process ends.
 */
export const limitTime = (server: Server, { receivedWithinMs, silentForMs }: TimeLimits): void => {
  server.requestTimeout = receivedWithinMs;
  server.timeout = silentForMs;
};
