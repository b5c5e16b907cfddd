import { isIPv6 } from 'node:net';
import { isLoopback } from './loopback';

const GROUPS = 8;
/** A site has the other half of an IPv6 address to itself, and can use another one for each request. */
const GROUPS_OF_NETWORK = 4;

const groupsOf = (text: string): string[] => (text === '' ? [] : text.split(':'));

/** Returns what identifies the network of a client: an IPv4 address, or the first half of an IPv6 address. */
export const clientNetwork = (address: string): string => {
  const plain = address.replace(/^::ffff:(?=[\d.]+$)/i, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.toLowerCase().split('::');
  const [before, after] = [groupsOf(head), groupsOf(tail ?? '')];
  const zeros = Array<string>(Math.max(0, GROUPS - before.length - after.length)).fill('0');
  return [...before, ...zeros, ...after].slice(0, GROUPS_OF_NETWORK).join(':');
};

/** Returns the network of a client by which it is limited; undefined for a program on this machine. */
export const limitedNetwork = (address = ''): string | undefined => {
  const network = clientNetwork(address);
  return isLoopback(address) || isLoopback(network) ? undefined : network;
};
