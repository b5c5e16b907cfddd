import { Module } from '@nestjs/common';
import { GrpcHealth } from './grpc-health';
import { HealthChecker } from './health-checker.worker';
import { HealthService, createHealth } from './health.service';

@Module({
  providers: [HealthService, HealthChecker, { provide: GrpcHealth, useFactory: createHealth }],
  exports: [GrpcHealth],
})
export class HealthModule {}
