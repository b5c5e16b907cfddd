import { hash } from 'node:crypto';
import { Injectable, Optional } from '@nestjs/common';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { LimitsRedis, type LimitOptions } from './limits-redis.service';

/** Counts what each key does in a window. */
export interface Limiter {
  /** Counts one. Rejects with RateLimiterRes beyond the limit, and with nothing else. */
  consume(key: string): Promise<RateLimiterRes>;
  /** Counts one, also beyond the limit. */
  penalty(key: string): Promise<RateLimiterRes>;
  /** Returns the count; null if the key has done nothing in this window. */
  get(key: string): Promise<RateLimiterRes | null>;
}

/** Creates limiters. They count in Redis if there is one, and otherwise in the memory of this instance. */
@Injectable()
export class Limiters {
  constructor(@Optional() private readonly redis?: LimitsRedis) {}

  create(options: LimitOptions): Limiter {
    const { name, max, windowSeconds } = options;
    const local = new RateLimiterMemory({ keyPrefix: name, points: max, duration: windowSeconds });
    return this.redis ? new SharedLimiter(this.redis, this.redis.limiter(options), local) : local;
  }
}

/**
 * Counts in Redis, and in memory while Redis is unavailable. The `insuranceLimiter` of the library does the latter
 * only after Redis has reported an error, however long that takes.
 */
class SharedLimiter implements Limiter {
  constructor(
    private readonly redis: LimitsRedis,
    private readonly shared: RateLimiterAbstract,
    private readonly local: RateLimiterAbstract,
  ) {}

  consume(key: string): Promise<RateLimiterRes> {
    return this.count(key, (limiter, counted) => limiter.consume(counted));
  }

  penalty(key: string): Promise<RateLimiterRes> {
    return this.count(key, (limiter, counted) => limiter.penalty(counted));
  }

  get(key: string): Promise<RateLimiterRes | null> {
    return this.count(key, (limiter, counted) => limiter.get(counted));
  }

  private async count<Result>(
    key: string,
    call: (limiter: RateLimiterAbstract, key: string) => Promise<Result>,
  ): Promise<Result> {
    if (this.redis.isAvailable) {
      try {
        return await this.redis.count(() => call(this.shared, digestOf(key)));
      } catch (error) {
        if (error instanceof RateLimiterRes) throw error;
      }
    }
    return call(this.local, key);
  }
}

/** Keys in Redis have a fixed length, and neither names of customers nor addresses. */
const digestOf = (key: string): string => hash('sha256', key, 'base64url');
