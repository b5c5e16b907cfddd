import { Module } from '@nestjs/common';
import { DecisionModule } from '../reservation/decision.module';
import { StockModule } from '../stock/stock.module';
import { AdjustmentGrpcController } from './adjustment.grpc';
import { AdjustmentRepository } from './adjustment.repository';
import { AdjustmentService } from './adjustment.service';
import { UnmetReservationsService } from './unmet-reservations.service';

@Module({
  imports: [StockModule, DecisionModule],
  controllers: [AdjustmentGrpcController],
  providers: [AdjustmentService, AdjustmentRepository, UnmetReservationsService],
  exports: [AdjustmentService],
})
export class AdjustmentModule {}
