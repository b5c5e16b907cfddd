import { type DynamicModule, Module } from '@nestjs/common';
import { Limiters } from './limiters.service';
import { LimitsRedis } from './limits-redis.service';
import type { LimitsRedisOptions } from './limits-redis-options';
import { LimitsRedisChecker } from './limits-redis.worker';

/** Counts what callers do. Without `redis` each instance counts by itself. */
@Module({})
export class LimitsModule {
  static with(redis: LimitsRedisOptions | undefined): DynamicModule {
    const shared = redis
      ? [{ provide: LimitsRedis, useFactory: () => new LimitsRedis(redis) }, LimitsRedisChecker]
      : [];
    return { module: LimitsModule, providers: [Limiters, ...shared] };
  }
}
