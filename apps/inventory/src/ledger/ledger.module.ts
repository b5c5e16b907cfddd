import { Module } from '@nestjs/common';
import { LedgerGrpcController } from './ledger.grpc';
import { StockModule } from '../stock/stock.module';
import { LedgerService } from './ledger.service';

@Module({
  imports: [StockModule],
  controllers: [LedgerGrpcController],
  providers: [LedgerService],
})
export class LedgerModule {}
