import { Controller, type DynamicModule, Module } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { uuidv7 } from 'uuidv7';
import { INVENTORY_SERVICE, type ReserveStockResponse } from '@app/contracts';
import { ServiceError } from '@app/errors';
import { ReserveStockDto } from '../../apps/inventory/src/reservation/reservation.dto';
import { grpcBaseline } from './grpc-baseline';
import type { BaselineSettings } from './baseline-settings';
import type { StartedBaseline } from './started-baseline';

const PLENTY = 1_000_000_000;

/** Keeps its stock in memory: the cost of Nest's gRPC alone. */
@Controller()
class NoOpController {
  private readonly available = new Map<string, number>();

  @GrpcMethod(INVENTORY_SERVICE)
  reserveStock(@Payload() { sku, quantity }: ReserveStockDto): ReserveStockResponse {
    const available = this.available.get(sku) ?? PLENTY;
    if (available < quantity) throw new ServiceError('INSUFFICIENT_STOCK', 'insufficient stock');
    this.available.set(sku, available - quantity);
    return { reserved: true, reservationId: uuidv7() };
  }
}

@Module({})
class NoOpModule {
  static with({ log }: BaselineSettings): DynamicModule {
    return { module: NoOpModule, controllers: [NoOpController], imports: [log.module] };
  }
}

export const noOp = (settings: BaselineSettings): Promise<StartedBaseline> =>
  grpcBaseline(NoOpModule.with(settings), settings);
