import { Module } from '@nestjs/common';
import { GrpcHealth } from './grpc-health';
import { HealthService, createHealth } from './health.service';

@Module({
  providers: [HealthService, { provide: GrpcHealth, useFactory: createHealth }],
  exports: [GrpcHealth],
})
export class HealthModule {}
