import { isIPv4, isIPv6 } from 'node:net';

const EXAMPLE = 'such as inventory:9090, 10.0.0.1:9090 or [::1]:9090';
const HOST_AND_PORT = /^(\[([^\]]*)\]|[^:]*):(\d+)$/;
/** A label as in DNS, with the underscore that names of containers may have. */
const LABEL = /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;
const MAX_NAME_LENGTH = 253;
/** A name that ends with a number is not a name but a mistyped address. */
const LAST_LABEL_IS_NUMBER = /(^|\.)\d+$/;
const MAX_PORT = 65_535;

/** Returns what is wrong with an address of the form host:port, with the remedy, or undefined. */
export const hostAndPortFault = (text: string): string | undefined => {
  if (text === '') return `must be host:port, ${EXAMPLE}`;
  if (/\s/.test(text)) return `must not contain spaces; write host:port, ${EXAMPLE}`;
  if (text.includes('/'))
    return `must have neither a scheme nor a path; write host:port, ${EXAMPLE}`;
  const [, host, ipv6, port] = HOST_AND_PORT.exec(text) ?? [];
  if (host === undefined) return formFault(text);
  const hostFault = ipv6 === undefined ? nameFault(host) : ipv6Fault(ipv6);
  if (hostFault !== undefined) return hostFault;
  const isPort = Number(port) >= 1 && Number(port) <= MAX_PORT;
  return isPort ? undefined : `must have a port from 1 to ${MAX_PORT}, ${EXAMPLE}`;
};

/** Returns what is wrong with one address or several IPv4 addresses, separated by commas. */
export const hostAndPortsFault = (text: string): string | undefined => {
  if (!text.includes(',')) return hostAndPortFault(text);
  const parts = text.split(',');
  const fault = parts.map(hostAndPortFault).find((each) => each !== undefined);
  if (fault !== undefined) return `${fault}; several are separated by commas, without spaces`;
  return parts.every((part) => isIPv4(part.slice(0, part.lastIndexOf(':'))))
    ? undefined
    : 'must have only IPv4 addresses if it has several, such as 10.0.0.1:9090,10.0.0.2:9090; ' +
        'or write one DNS name that has all of the addresses';
};

const formFault = (text: string): string => {
  const beforePort = text.slice(0, text.lastIndexOf(':'));
  if (isIPv6(text) || isIPv6(beforePort))
    return 'must have an IPv6 address in brackets and a port, such as [::1]:9090';
  if (/^\[[^\]]*\]$/.test(text) || !text.includes(':'))
    return `must end with a port; write host:port, ${EXAMPLE}`;
  return `must be host:port, ${EXAMPLE}`;
};

const ipv6Fault = (address: string): string | undefined =>
  isIPv6(address) ? undefined : 'must have an IPv6 address in the brackets, such as [::1]:9090';

const nameFault = (host: string): string | undefined => {
  if (isIPv4(host)) return undefined;
  if (LAST_LABEL_IS_NUMBER.test(host))
    return 'must have an IPv4 address of four numbers from 0 to 255, such as 10.0.0.1:9090';
  return isDnsName(host) ? undefined : `must have a host name or an IP address, ${EXAMPLE}`;
};

/** A name may end with a dot, which keeps the resolver from appending search domains. */
const isDnsName = (name: string): boolean =>
  name.length <= MAX_NAME_LENGTH &&
  name
    .replace(/\.$/, '')
    .split('.')
    .every((label) => LABEL.test(label));
