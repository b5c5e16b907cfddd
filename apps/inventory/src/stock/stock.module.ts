import { Module } from '@nestjs/common';
import { LedgerModule } from '../ledger/ledger.module';
import { StockGrpcController } from './stock.grpc';
import { StockRepository } from './stock.repository';
import { StockService } from './stock.service';

@Module({
  imports: [LedgerModule],
  controllers: [StockGrpcController],
  providers: [StockService, StockRepository],
  exports: [StockService, StockRepository],
})
export class StockModule {}
