import { Injectable } from '@nestjs/common';
import { PollingWorker } from '@app/runtime';
import { HealthService } from './health.service';

/** Checks the health of this instance until it shuts down. */
@Injectable()
export class HealthChecker extends PollingWorker {
  constructor(health: HealthService) {
    super(() => health.check().then(() => false), {
      what: 'check the health',
      intervalMs: 500,
      runsBeforeStart: true,
      stopsEarly: true,
    });
  }
}
