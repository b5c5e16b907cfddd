import type { IncomingMessage } from 'node:http';

const HEALTH = /^\/(healthz|health\/(live|ready))\/?(\?|$)/i;
const FILES = /^\/(docs|openapi\.(json|yaml))(\/|\?|$)/i;
const EVENTS = /^\/v1\/orders\/[^/?]+\/events\/?(\?|$)/i;

/**
 * How a request is admitted. Health checks are always answered. Event streams are bounded by the limit
 * of followers, which `HEAD` does not count for: Express calls the handler of `GET`, which ends at once.
 * Files are large, and a client that reads slowly keeps a piece of each in memory.
 */
export type RequestClass = 'write' | 'read' | 'file' | 'health' | 'stream';

/** Returns the class of a request. A request of an unknown route or method is a read. */
export const classOf = ({ method = '', url = '' }: IncomingMessage): RequestClass => {
  if (method === 'POST') return 'write';
  if (method !== 'GET' && method !== 'HEAD') return 'read';
  if (HEALTH.test(url)) return 'health';
  if (FILES.test(url)) return 'file';
  return method === 'GET' && EVENTS.test(url) ? 'stream' : 'read';
};
