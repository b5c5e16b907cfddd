import { Module } from '@nestjs/common';
import { ClosableHealth } from './closable-health';
import { HealthService, newHealth } from './health.service';

@Module({
  providers: [HealthService, { provide: ClosableHealth, useFactory: newHealth }],
  exports: [ClosableHealth],
})
export class HealthModule {}
