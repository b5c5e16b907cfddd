import { isIP } from 'node:net';

const EXAMPLE = 'such as 10.0.0.0/8, 192.168.1.7 or fd00::/8';

const MAX_PREFIX_BITS: Readonly<Record<number, number>> = { 4: 32, 6: 128 };

/** Returns what is wrong with an IP address or a range in CIDR notation, with the remedy, or undefined. */
export const addressRangeFault = (text: string): string | undefined => {
  const [address = '', bits, ...more] = text.split('/');
  const maxBits = MAX_PREFIX_BITS[isIP(address)];
  if (maxBits === undefined || more.length > 0) return `must be IP addresses or ranges, ${EXAMPLE}`;
  if (bits === undefined) return undefined;
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > maxBits)
    return `must have a prefix of 0 to ${maxBits} bits in ${text}`;
  return Number(bits) === 0
    ? `must not trust every address (${text}); name the proxies`
    : undefined;
};
