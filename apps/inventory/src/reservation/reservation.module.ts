import { type DynamicModule, Module } from '@nestjs/common';
import { DecisionModule } from './decision.module';
import { ReservationGrpcController } from './reservation.grpc';
import { ReservationService } from './reservation.service';
import {
  ReservationSweeper,
  SWEEPER_SETTINGS,
  type SweeperSettings,
  TombstonePruner,
} from './reservation-sweeper.worker';

@Module({})
export class ReservationModule {
  static with(settings: SweeperSettings): DynamicModule {
    return {
      module: ReservationModule,
      imports: [DecisionModule],
      controllers: [ReservationGrpcController],
      providers: [
        ReservationService,
        ReservationSweeper,
        TombstonePruner,
        { provide: SWEEPER_SETTINGS, useValue: settings },
      ],
    };
  }
}
