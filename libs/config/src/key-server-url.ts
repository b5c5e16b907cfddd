import { isLoopback } from './loopback';

const EXAMPLE = 'such as https://login.example/.well-known/jwks.json';

const parse = (text: string): URL | undefined => {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
};

/**
 * Returns what is wrong with the URL of a key server, with the remedy, or undefined. The keys decide who is
 * let in, so they come over TLS, except from this machine.
 */
export const keyServerUrlFault = (text: string): string | undefined => {
  const url = parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) return `must be a URL, ${EXAMPLE}`;
  if (url.username !== '' || url.password !== '') return `must have no credentials, ${EXAMPLE}`;
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return url.protocol === 'https:' || isLoopback(host)
    ? undefined
    : `must begin with https, ${EXAMPLE}; http is accepted on loopback only`;
};
