import { readFileSync } from 'node:fs';
import type { LimitsRedisOptions } from './limits-redis-options';

/** For TCP and TLS, and then again for the login. */
const CONNECT_TIMEOUT_MS = 1_000;

interface EvalOptions {
  readonly keys: string[];
  readonly arguments: string[];
}

/** A connection to Redis with the commands that RateLimiterRedis calls. */
export interface RedisConnection {
  eval(script: string, options: EvalOptions): Promise<unknown>;
  multi(): unknown;
  /** Closes it. All calls that wait for a reply are rejected. */
  destroy(): void;
}

/**
 * Opens a connection. Rejects if there is none in time; the error has no credentials. `onError` is called when the
 * connection ends by itself.
 */
export type OpenRedis = (
  options: LimitsRedisOptions,
  onError: (connection: RedisConnection, error: Error) => void,
) => Promise<RedisConnection>;

/**
 * Opens a connection that is never restored by itself, queues nothing while there is none, and has no timeouts for
 * commands: those of the client cover the time until a command is sent, not that until its reply.
 */
export const openRedis: OpenRedis = async ({ url, caFile }, onError) => {
  // Only Orders with this setting pay for its memory and start time.
  const { createClient } = await import('@redis/client');
  const client = createClient({
    url,
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectStrategy: false,
      ...(caFile !== undefined && { ca: readFileSync(caFile) }),
    },
    // Also spoken by Redis 5 and by proxies.
    RESP: 2,
    maintNotifications: 'disabled',
    disableClientInfo: true,
    disableOfflineQueue: true,
    commandOptions: { timeout: undefined },
  });
  client.on('error', (error: Error) => onError(client, error));
  const connecting = client.connect();
  const fault = await inTime(connecting).then(() => undefined, faultOf);
  if (fault === undefined) return client;
  client.destroy();
  // A connection that is established only now must not stay open.
  connecting.then(
    () => client.destroy(),
    () => undefined,
  );
  throw new Error(fault);
};

/** An answer to the login may repeat it, password and all: only its code is told. */
const faultOf = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  const [, codeOfRedis] = /^([A-Z]+) /.exec(message) ?? [];
  return code ?? (codeOfRedis === undefined ? message : `the login was rejected: ${codeOfRedis}`);
};

const inTime = async (connecting: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const error = new Error('the login takes too long');
    timer = setTimeout(() => reject(error), 2 * CONNECT_TIMEOUT_MS);
  });
  try {
    await Promise.race([connecting, late]);
  } finally {
    clearTimeout(timer);
  }
};
