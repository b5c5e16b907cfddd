import type { IncomingMessage } from 'node:http';

const HEALTH = /^\/(healthz|health\/(live|ready))\/?(\?|$)/i;
const FILES = /^\/(docs|openapi\.(json|yaml))(\/|\?|$)/i;
const EVENT_LOG = /^\/v1\/events\/?(\?|$)/i;
const WAITS = /[?&]waitSeconds=(?!0*(&|$))/i;
const EVENTS = /^\/v1\/(orders\/[^/?]+\/events|order-events|stock-events)\/?(\?|$)/i;

/**
 * How a request is admitted. Health checks are always answered. Event streams are bounded by the limit
 * of followers, which `HEAD` does not count for: Express calls the handler of `GET`, which ends at once.
 * Files are large, and a client that reads slowly keeps a piece of each in memory.
 */
export type RequestClass = 'write' | 'read' | 'file' | 'health' | 'stream';

/** Returns the class of a request. A request of an unknown route or method is a read. */
export const classOf = ({ method = '', url = '', headers }: IncomingMessage): RequestClass => {
  if (method === 'POST' || method === 'PATCH' || method === 'DELETE') return 'write';
  if (method !== 'GET' && method !== 'HEAD') return 'read';
  if (HEALTH.test(url)) return 'health';
  if (FILES.test(url)) return 'file';
  if (method !== 'GET') return 'read';
  // The log is also read as JSON, page by page.
  const isFollowing = headers.accept?.includes('text/event-stream') === true || WAITS.test(url);
  return EVENTS.test(url) || (EVENT_LOG.test(url) && isFollowing) ? 'stream' : 'read';
};

/** Whether a request needs no credentials: health checks, the documentation, and the path above them all. */
export const isPublic = (request: IncomingMessage): boolean => {
  const requestClass = classOf(request);
  return requestClass === 'health' || requestClass === 'file' || request.url === '/';
};
