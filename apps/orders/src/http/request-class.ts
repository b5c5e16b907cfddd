import type { IncomingMessage } from 'node:http';
import accepts from 'accepts';

const HEALTH = /^\/(healthz|health\/(live|ready))\/?(\?|$)/i;
const FILES = /^\/(docs|openapi\.(json|yaml))(\/|\?|$)/i;
const EVENT_LOG = /^\/v1\/events\/?(\?|$)/i;
const EVENTS = /^\/v1\/(orders\/[^/?]+\/events|order-events|stock-events)\/?(\?|$)/i;

/**
 * How a request is admitted. Health checks are always answered. Event streams are bounded by the limit
 * of followers, which `HEAD` does not count for: Express calls the handler of `GET`, which ends at once.
 * Files are large, and a client that reads slowly keeps a piece of each in memory.
 */
export type RequestClass = 'write' | 'read' | 'file' | 'health' | 'stream';

/** Whether a request for the event log is answered with a stream, by its `Accept`. */
export const asksForStream = (request: IncomingMessage): boolean =>
  accepts(request).type(['application/json', 'text/event-stream']) === 'text/event-stream';

/** Returns the class of a request. A request of an unknown route or method is a read. */
export const classOf = (request: IncomingMessage): RequestClass => {
  const { method = '', url = '' } = request;
  if (method === 'POST' || method === 'PATCH' || method === 'DELETE') return 'write';
  if (method !== 'GET' && method !== 'HEAD') return 'read';
  if (HEALTH.test(url)) return 'health';
  if (FILES.test(url)) return 'file';
  if (method !== 'GET') return 'read';
  // The log is also read as JSON, page by page.
  const isFollowing = EVENT_LOG.test(url) && (asksForStream(request) || mayWait(url));
  return isFollowing || EVENTS.test(url) ? 'stream' : 'read';
};

/** Whether the request may be answered only when there is an event. */
const mayWait = (url: string): boolean => {
  const query = new URLSearchParams(url.slice(url.indexOf('?') + 1));
  return [...query].some(
    ([name, value]) => name.toLowerCase() === 'waitseconds' && !/^0*$/.test(value),
  );
};

/** Whether a request needs no credentials: health checks, the documentation, and the path above them all. */
export const isPublic = (request: IncomingMessage): boolean => {
  const requestClass = classOf(request);
  return requestClass === 'health' || requestClass === 'file' || request.url === '/';
};
