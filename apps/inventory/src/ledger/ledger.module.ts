import { Module } from '@nestjs/common';
import { LedgerGrpcController } from './ledger.grpc';
import { LedgerRepository } from './ledger.repository';
import { LedgerService } from './ledger.service';

@Module({
  controllers: [LedgerGrpcController],
  providers: [LedgerService, LedgerRepository],
  exports: [LedgerRepository],
})
export class LedgerModule {}
