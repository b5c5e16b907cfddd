import { isIPv4 } from 'node:net';

/** Whether a service that listens on a host is reached by programs of this machine only. */
export const isLoopback = (host: string): boolean =>
  host.toLowerCase() === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
