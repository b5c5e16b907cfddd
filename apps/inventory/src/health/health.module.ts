import { Module } from '@nestjs/common';
import { HealthImplementation } from 'grpc-health-check';
import { HealthService, newHealth } from './health.service';

@Module({
  providers: [HealthService, { provide: HealthImplementation, useFactory: newHealth }],
  exports: [HealthImplementation],
})
export class HealthModule {}
