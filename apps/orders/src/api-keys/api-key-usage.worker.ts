import { Injectable } from '@nestjs/common';
import { PollingWorker } from '@app/runtime';
import { ApiKeyCache } from './api-key-cache.service';

/** Bounds what a crash loses. */
const INTERVAL_MS = 5_000;

/** Records when API keys were used, apart from the requests that use them. */
@Injectable()
export class ApiKeyUsageWorker extends PollingWorker {
  constructor(keys: ApiKeyCache) {
    super(() => keys.recordUses(), {
      what: 'record the use of API keys',
      intervalMs: INTERVAL_MS,
      stopsEarly: true,
    });
  }
}
