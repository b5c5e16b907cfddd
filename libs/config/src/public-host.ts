import { isIP } from 'node:net';

const EXAMPLE = 'such as shop.example or orders';
const NAME = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i;
const MAX_LENGTH = 253;

/** Returns what is wrong with a DNS name of a service, with the remedy, or undefined. */
export const publicHostFault = (text: string): string | undefined => {
  if (isIP(text) !== 0) return `must not have addresses, which are served anyway (${text})`;
  if (text.includes('/') || /:\d+$/.test(text))
    return `must be DNS names without scheme, port and path, ${EXAMPLE}`;
  return NAME.test(text) && text.length <= MAX_LENGTH ? undefined : `must be DNS names, ${EXAMPLE}`;
};
