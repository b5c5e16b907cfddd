import { Module } from '@nestjs/common';
import { LedgerRepository } from './ledger.repository';
import { StockGrpcController } from './stock.grpc';
import { StockRepository } from './stock.repository';
import { StockService } from './stock.service';

@Module({
  controllers: [StockGrpcController],
  providers: [StockService, StockRepository, LedgerRepository],
  exports: [StockService, StockRepository, LedgerRepository],
})
export class StockModule {}
