import { Controller, type DynamicModule, Module } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { DataSource } from 'typeorm';
import { uuidv7 } from 'uuidv7';
import { INVENTORY_SERVICE, type ReserveStockResponse } from '@app/contracts';
import { ServiceError } from '@app/errors';
import { ReserveStockDto } from '../../apps/inventory/src/reservation/reservation.dto';
import { grpcBaseline } from './grpc-baseline';
import { baselineDatabase } from './baseline-database';
import type { BaselineSettings } from './baseline-settings';
import type { StartedBaseline } from './started-baseline';
import { BaselineReservation, BaselineStock } from './stock.entity';

/**
 * The Inventory of the tutorial, made durable: one transaction per request, which locks the row of the
 * SKU before it reads it, so that no unit is oversold.
 */
@Controller()
class TutorialInventoryController {
  constructor(private readonly dataSource: DataSource) {}

  @GrpcMethod(INVENTORY_SERVICE)
  async reserveStock(@Payload() { sku, quantity }: ReserveStockDto): Promise<ReserveStockResponse> {
    const id = uuidv7();
    await this.dataSource.transaction(async (tx) => {
      const stock = await tx.findOne(BaselineStock, {
        where: { sku },
        lock: { mode: 'pessimistic_write' },
      });
      if (!stock || stock.available < quantity) {
        throw new ServiceError('INSUFFICIENT_STOCK', 'insufficient stock');
      }
      await tx.update(BaselineStock, { sku }, { available: stock.available - quantity });
      await tx.insert(BaselineReservation, { id, sku, quantity });
    });
    return { reserved: true, reservationId: id };
  }
}

@Module({})
class TutorialInventoryModule {
  static with({ databaseUrl: url, log }: BaselineSettings): DynamicModule {
    return {
      module: TutorialInventoryModule,
      controllers: [TutorialInventoryController],
      imports: [log.module, baselineDatabase(url, BaselineStock, BaselineReservation)],
    };
  }
}

export const tutorialInventory = (settings: BaselineSettings): Promise<StartedBaseline> =>
  grpcBaseline(TutorialInventoryModule.with(settings), settings);
