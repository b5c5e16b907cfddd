import { Module } from '@nestjs/common';
import { ClosableHealth } from './closable-health';
import { HealthChecker } from './health-checker.worker';
import { HealthService, newHealth } from './health.service';

@Module({
  providers: [HealthService, HealthChecker, { provide: ClosableHealth, useFactory: newHealth }],
  exports: [ClosableHealth],
})
export class HealthModule {}
