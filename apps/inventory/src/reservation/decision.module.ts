import { Module } from '@nestjs/common';
import { StockModule } from '../stock/stock.module';
import { DecisionService } from './decision.service';
import { ReservationRepository } from './reservation.repository';

@Module({
  imports: [StockModule],
  providers: [DecisionService, ReservationRepository],
  exports: [DecisionService, ReservationRepository],
})
export class DecisionModule {}
