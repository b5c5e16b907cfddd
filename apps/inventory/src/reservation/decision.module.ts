import { Module } from '@nestjs/common';
import { LedgerModule } from '../ledger/ledger.module';
import { StockModule } from '../stock/stock.module';
import { DecisionService } from './decision.service';
import { ReservationRepository } from './reservation.repository';

@Module({
  imports: [StockModule, LedgerModule],
  providers: [DecisionService, ReservationRepository],
  exports: [DecisionService, ReservationRepository],
})
export class DecisionModule {}
