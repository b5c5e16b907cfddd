import { type DynamicModule, Module } from '@nestjs/common';
import { LedgerModule } from '../ledger/ledger.module';
import { StockModule } from '../stock/stock.module';
import { DecisionService } from './decision.service';
import { ReservationGrpcController } from './reservation.grpc';
import { ReservationRepository } from './reservation.repository';
import { ReservationService } from './reservation.service';
import { ReservationSweeper, SWEEPER_SETTINGS, type SweeperSettings } from './reservation.sweeper';

@Module({})
export class ReservationModule {
  static with(settings: SweeperSettings): DynamicModule {
    return {
      module: ReservationModule,
      imports: [StockModule, LedgerModule],
      controllers: [ReservationGrpcController],
      providers: [
        ReservationService,
        DecisionService,
        ReservationRepository,
        ReservationSweeper,
        { provide: SWEEPER_SETTINGS, useValue: settings },
      ],
    };
  }
}
