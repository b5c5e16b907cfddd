import { Module } from '@nestjs/common';
import { StockModule } from '../stock/stock.module';
import { ThresholdGrpcController } from './threshold.grpc';
import { ThresholdRepository } from './threshold.repository';
import { ThresholdService } from './threshold.service';

@Module({
  imports: [StockModule],
  controllers: [ThresholdGrpcController],
  providers: [ThresholdService, ThresholdRepository],
  exports: [ThresholdService],
})
export class ThresholdModule {}
