import { once } from 'node:events';
import type { Response } from 'express';
import { problemOf, ServiceError } from '@app/errors';
import { whenAccessEnds } from '../access/lasting-access';
import { afterEnd } from './after-end';

/** How long an `EventSource` waits before it reconnects. */
export const RECONNECT_DELAY_MS = 1_000;

/** A client that reads nothing from a full stream for this long is disconnected. */
const DRAIN_TIMEOUT_MS = 5_000;

/** A comment, which keeps the connection open. */
export const HEARTBEAT = ': heartbeat\n\n';

/**
 * Returns the text of one event. Without data it only changes the `Last-Event-ID` with which the client
 * will reconnect.
 */
export const eventText = (id: string | number, data?: object): string =>
  data === undefined ? `id: ${id}\n\n` : `id: ${id}\ndata: ${JSON.stringify(data)}\n\n`;

/**
 * Returns a signal that aborts when the client disconnects or ends its side of the connection, when its
 * credentials are no longer valid, when the response ends, or after `maxSeconds`.
 */
export const closeSignal = (response: Response, maxSeconds?: number): AbortSignal => {
  const closed = new AbortController();
  const { socket, method } = response.req;
  const abort = (): void => closed.abort();
  const timer = maxSeconds === undefined ? undefined : setTimeout(abort, maxSeconds * 1_000);
  const stopChecks = whenAccessEnds(response.req, abort);
  const events = ['close', 'end'] as const;
  const finish = (): void => {
    for (const event of events) socket.off(event, abort);
    clearTimeout(timer);
    stopChecks();
    abort();
  };
  for (const event of events) socket.once(event, abort);
  response.once('close', finish);
  // The response closes only when the client has received all of it.
  afterEnd(response, finish);
  // Node sends the headers of a HEAD response only when the response ends.
  if (method === 'HEAD' || socket.readableEnded) abort();
  return closed.signal;
};

/** Sends a stream until it ends or `closed` aborts. An error follows as the event `error`. */
export const sendEventStream = async (
  response: Response,
  chunks: AsyncIterable<string>,
  closed: AbortSignal,
): Promise<void> => {
  response.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  // Keeps reverse proxies from buffering the stream.
  response.set('X-Accel-Buffering', 'no');
  response.write(`retry: ${RECONNECT_DELAY_MS}\n\n`);
  try {
    for await (const chunk of chunks) {
      const hasRoom = response.write(chunk);
      if (!hasRoom && !(await waitForDrain(response, closed))) break;
    }
  } catch (error) {
    // The status is sent already, so the reason follows as an event.
    if (!(error instanceof ServiceError)) throw error;
    response.write(toErrorEvent(error, response.req.originalUrl));
  }
  response.end();
};

/** Returns whether the client has read the buffered events. Disconnects it if it has not in time. */
const waitForDrain = async (response: Response, closed: AbortSignal): Promise<boolean> => {
  const signal = AbortSignal.any([closed, AbortSignal.timeout(DRAIN_TIMEOUT_MS)]);
  try {
    await once(response, 'drain', { signal });
    return true;
  } catch {
    response.destroy();
    return false;
  }
};

const toErrorEvent = (error: ServiceError, instance: string): string =>
  `event: error\ndata: ${JSON.stringify(problemOf(error, instance))}\n\n`;
