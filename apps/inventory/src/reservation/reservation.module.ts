import { Module } from '@nestjs/common';
import { StockModule } from '../stock/stock.module';
import { ReservationGrpcController } from './reservation.grpc';
import { ReservationRepository } from './reservation.repository';
import { ReservationService } from './reservation.service';

@Module({
  imports: [StockModule],
  controllers: [ReservationGrpcController],
  providers: [ReservationService, ReservationRepository],
})
export class ReservationModule {}
