import { z } from 'zod';
import { addressRangeFault } from './address-range';
import { databaseUrlFault } from './database-url';
import { hostAndPortFault, hostAndPortsFault } from './host-and-port';
import { keyServerUrlFault } from './key-server-url';
import { publicHostFault } from './public-host';
import { redisUrlFault } from './redis-url';
import { webOriginFault } from './web-origin';

/** Types of settings. The message of each states the valid values, with an example. */

export const wholeNumber = (min: number, max: number, unit: string) =>
  z.coerce
    .number({ error: `must be a whole number of ${unit} from ${min} to ${max}` })
    .int(`must be a whole number of ${unit} from ${min} to ${max}`)
    .min(min, `must be at least ${min} ${unit}`)
    .max(max, `must be at most ${max} ${unit}`);

export const port = () =>
  z.coerce
    .number({ error: 'must be a port from 1 to 65535' })
    .int('must be a port from 1 to 65535')
    .min(1, 'must be a port from 1 to 65535')
    .max(65_535, 'must be a port from 1 to 65535');

/** Text that satisfies `isValid`. The message covers a missing and an invalid value. */
const textMatching = (isValid: (value: string) => boolean, message: string) =>
  z.string({ error: message }).refine(isValid, message);

export const host = () =>
  textMatching((value) => /^\S+$/.test(value), 'must be an address such as 127.0.0.1 or 0.0.0.0');

/** Text without a fault. `faultOf` returns what it must be; the empty text stands for a missing one. */
const textWithout = (faultOf: (value: string) => string | undefined) =>
  z.string({ error: faultOf('') }).superRefine((value, context) => {
    const message = faultOf(value);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

/** Address of one server. */
export const hostAndPort = () => textWithout(hostAndPortFault);

/** Address of one server, or of several replicas. */
export const hostAndPorts = () => textWithout(hostAndPortsFault);

const partsOf = (text: string): string[] => (text === '' ? [] : text.split(','));

/** A list without a faulty entry, separated by commas; empty by default. */
export const listWithout = (faultOf: (entry: string) => string | undefined) =>
  z
    .string()
    .superRefine((text, context) => {
      const message = partsOf(text)
        .map(faultOf)
        .find((fault) => fault !== undefined);
      if (message === undefined) return;
      const hint = text.includes(',') ? '; several are separated by commas, without spaces' : '';
      context.addIssue({ code: 'custom', message: message + hint });
    })
    .default('')
    .transform(partsOf);

/** Origins of web pages. */
export const webOrigins = () => listWithout(webOriginFault);

/** Where an identity provider publishes its keys. */
export const keyServerUrl = () => textWithout(keyServerUrlFault);

/** A URL of Redis, with or without TLS. */
export const redisUrl = () => textWithout(redisUrlFault);

/** DNS names of a service. */
export const publicHosts = () => listWithout(publicHostFault);

/** IP addresses and ranges in CIDR notation. */
export const addressRanges = () => listWithout(addressRangeFault);

/** A URL of Postgres in the form of libpq. */
export const postgresUrl = () =>
  z
    .string({ error: 'must be a URL such as postgres://user:password@127.0.0.1:5432/database' })
    .superRefine((url, context) => {
      const message = databaseUrlFault(url);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    });

/** The name of a schema of Postgres, as its catalog has it: without quotes. */
export const schemaName = () =>
  textMatching(
    (value) => Buffer.byteLength(value) <= 63,
    'must be the name of a schema, such as shop',
  );

export const flag = (byDefault: 'true' | 'false') =>
  z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .default(byDefault)
    .transform((value) => value === 'true');

/** Returns the address in the form for servers and clients; an IPv6 host is put in brackets. */
export const hostPort = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** Settings of both services. */
export const sharedSettings = {
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'must be fatal, error, warn, info, debug, trace or silent',
    })
    .default('info')
    .describe('Minimum level of logged lines: fatal, error, warn, info, debug, trace or silent.'),
  LOG_FORMAT: z
    .enum(['json', 'pretty'], { error: 'must be json or pretty' })
    .default('json')
    .describe('json for log collectors; pretty for a terminal (development only).'),
  SHUTDOWN_DRAIN_MS: wholeNumber(0, 300_000, 'milliseconds')
    .default(0)
    .describe(
      `How long a service keeps accepting requests after SIGTERM, while its health checks report the
shutdown. Behind a load balancer, set it to longer than the balancer takes to notice.`,
    ),
  SHUTDOWN_TIMEOUT_SECONDS: wholeNumber(1, 300, 'seconds')
    .default(10)
    .describe('How long a service may take to finish the requests in flight after SIGTERM.'),
};
