import { Logger } from '@nestjs/common';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { OutageLog } from '@app/runtime';
import type { LimitsRedisOptions } from './limits-redis-options';
import { type OpenRedis, openRedis, type RedisConnection } from './redis-connection.client';

const PROBE_WINDOW_SECONDS = 10;

/** How many requests a key may make in a window. */
export interface LimitOptions {
  /** Tells the keys of a limit from those of the others. */
  readonly name: string;
  readonly max: number;
  readonly windowSeconds: number;
}

/**
 * The Redis in which all instances count, behind a circuit breaker: after an error or a late reply no request waits
 * for it, until a check has counted in it again in time.
 */
export class LimitsRedis {
  private readonly logger = new Logger(LimitsRedis.name);
  private readonly outages: OutageLog;
  /** Counts like the limits do. So it fails, too, if the memory is full, or if the server is a replica. */
  private readonly probe: RateLimiterRedis;
  private connection: RedisConnection | undefined;
  private canCount = false;
  private hasCounted = false;
  private isClosed = false;

  constructor(
    private readonly options: LimitsRedisOptions,
    private readonly open: OpenRedis = openRedis,
  ) {
    this.outages = new OutageLog(`Redis at ${new URL(options.url).host}`);
    this.probe = this.limiter({
      name: 'probe',
      max: Number.MAX_SAFE_INTEGER,
      windowSeconds: PROBE_WINDOW_SECONDS,
    });
  }

  /** Whether requests may count in Redis. */
  get isAvailable(): boolean {
    return this.canCount;
  }

  /** Returns a limiter that counts in Redis. Call it only through `count`. */
  limiter({ name, max, windowSeconds }: LimitOptions): RateLimiterRedis {
    return new RateLimiterRedis({
      storeClient: {
        eval: (...args: Parameters<RedisConnection['eval']>) => this.connected().eval(...args),
        multi: () => this.connected().multi(),
      },
      useRedisPackage: true,
      keyPrefix: `${this.options.prefix}:orders:limits:${name}`,
      points: max,
      duration: windowSeconds,
      // A caller beyond its limit costs Redis nothing until the window ends.
      inMemoryBlockOnConsumed: max,
    });
  }

  /**
   * Returns what `call` of a limiter resolves with. Rejects with RateLimiterRes if the limiter does, and with another
   * error if Redis fails or takes longer than the timeout; then it is no longer available.
   */
  async count<Result>(call: () => Promise<Result>): Promise<Result> {
    try {
      return await inTime(call(), this.options.timeoutMs);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) this.lose(error);
      throw error;
    }
  }

  /** Counts once to learn whether Redis is available, and opens a new connection if there is none. */
  async check(): Promise<void> {
    try {
      this.connection ??= await this.connect();
      await this.count(() => this.probe.consume('probe'));
    } catch (error) {
      this.lose(error);
      return;
    }
    this.canCount = true;
    if (this.outages.isDown) this.outages.recordUp();
    else if (!this.hasCounted) this.logger.log('Limits per caller are shared through Redis');
    this.hasCounted = true;
  }

  /** Closes the connection. Call it after the last check. */
  close(): void {
    this.isClosed = true;
    this.canCount = false;
    this.connection?.destroy();
  }

  private connect(): Promise<RedisConnection> {
    return this.open(this.options, (connection, error) => {
      if (connection === this.connection) this.lose(error);
    });
  }

  private connected(): RedisConnection {
    if (!this.connection) throw new Error('There is no connection to Redis');
    return this.connection;
  }

  /** The next check opens a new connection: after a failover, the old one leads to a replica. */
  private lose(error: unknown): void {
    const { connection } = this;
    this.canCount = false;
    this.connection = undefined;
    if (!this.isClosed) this.outages.recordDown(reasonOf(error));
    connection?.destroy();
  }
}

/** Rejects if there is no reply in time. */
const inTime = <Result>(reply: Promise<Result>, timeoutMs: number): Promise<Result> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      // If this process was busy, a reply that arrived in time is read before this runs.
      setImmediate(() => reject(new Error(`no reply within ${timeoutMs} ms`)));
    }, timeoutMs);
    reply.then(resolve, reject).finally(() => clearTimeout(timer));
  });

const reasonOf = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
};
