import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuditRepository } from '@app/access';
import { Database, ReadLane } from '@app/postgres';
import { AuditController } from './audit.controller';
import { AuditGuard } from './audit.guard';
import { AuditService } from './audit.service';

/** The audit trail. Its guard sees the calls of all handlers. */
@Module({
  controllers: [AuditController],
  providers: [
    {
      provide: AuditRepository,
      inject: [Database, ReadLane],
      useFactory: (database: Database, reads: ReadLane) => new AuditRepository(database, reads),
    },
    AuditService,
    { provide: APP_GUARD, useClass: AuditGuard },
  ],
})
export class AuditModule {}
