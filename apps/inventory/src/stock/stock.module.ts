import { Module } from '@nestjs/common';
import { LedgerRepository } from './ledger.repository';
import { PastStockService } from './past-stock.service';
import { StockGrpcController } from './stock.grpc';
import { StockRepository } from './stock.repository';
import { StockService } from './stock.service';

@Module({
  controllers: [StockGrpcController],
  providers: [StockService, PastStockService, StockRepository, LedgerRepository],
  exports: [StockService, PastStockService, StockRepository, LedgerRepository],
})
export class StockModule {}
