import { z } from 'zod';
import { redisUrl, wholeNumber } from '@app/config';
import type { LimitsRedisOptions } from './limits-redis-options';

/** The settings of the limits per caller. */
export const limitsSettings = {
  ORDERS_LIMIT_WRITES: wholeNumber(0, 10_000_000, 'requests')
    .default(5_000)
    .describe(
      `How many writes a caller may make in 10 s, at each instance or, with ORDERS_LIMITS_REDIS_URL, at all of
them together. A caller is the subject of its credentials, or else an address; programs on this machine without
credentials are not limited. 0: any number.`,
    ),
  ORDERS_LIMIT_READS: wholeNumber(0, 10_000_000, 'requests')
    .default(10_000)
    .describe('The same for reads.'),
  ORDERS_LIMIT_STREAMS: wholeNumber(0, 10_000_000, 'requests')
    .default(2_000)
    .describe('The same for streams that are opened.'),
  ORDERS_LIMITS_REDIS_URL: redisUrl()
    .optional()
    .describe(
      `A Redis in which all instances count callers and wrong credentials together, such as
redis://orders:password@cache:6379/0; rediss:// for TLS. While it is unavailable, each instance counts by itself.
Default: each instance counts by itself.`,
    ),
  ORDERS_LIMITS_REDIS_CA_FILE: z
    .string()
    .optional()
    .describe(
      'PEM file of the certificates that sign that of Redis. Default: those that Node trusts.',
    ),
  ORDERS_LIMITS_REDIS_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{1,100}$/, 'must be 1 to 100 characters out of A-Z a-z 0-9 . _ : -')
    .default('quickbite')
    .describe(
      'Beginning of all keys in Redis. Installations that share a Redis need one each, or a database each.',
    ),
  ORDERS_LIMITS_REDIS_TIMEOUT_MS: wholeNumber(1, 10_000, 'milliseconds')
    .default(50)
    .describe(
      `How long a request waits for a reply of Redis. After one that takes longer, no request waits until Redis
has replied in time again, which Orders checks once a second.`,
    ),
};

type LimitsConfig = z.output<z.ZodObject<typeof limitsSettings>>;

/** Returns the Redis in which callers are counted; undefined if each instance counts by itself. */
export const limitsRedisOf = (config: LimitsConfig): LimitsRedisOptions | undefined => {
  const { ORDERS_LIMITS_REDIS_URL: url, ORDERS_LIMITS_REDIS_CA_FILE: caFile } = config;
  if (url === undefined) return undefined;
  const { ORDERS_LIMITS_REDIS_PREFIX: prefix, ORDERS_LIMITS_REDIS_TIMEOUT_MS: timeoutMs } = config;
  return { url, caFile, prefix, timeoutMs };
};
