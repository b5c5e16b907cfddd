import { Injectable } from '@nestjs/common';
import { PollingWorker } from '@app/runtime';
import { LimitsRedis } from './limits-redis.service';

const CHECK_INTERVAL_MS = 1_000;

/** Connects to Redis at start, finds out when it is unavailable and when it is back, and disconnects at shutdown. */
@Injectable()
export class LimitsRedisChecker extends PollingWorker {
  constructor(private readonly redis: LimitsRedis) {
    super(() => redis.check().then(() => false), {
      what: 'check Redis',
      intervalMs: CHECK_INTERVAL_MS,
    });
  }

  override async onApplicationShutdown(): Promise<void> {
    await super.onApplicationShutdown();
    this.redis.close();
  }
}
