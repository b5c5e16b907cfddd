import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import {
  INVENTORY_SERVICE,
  type InventoryService,
  type SetStockThresholdResponse,
} from '@app/contracts';
import { toStockLevelDto } from '../stock/stock-mapping';
import { SetStockThresholdDto } from './threshold.dto';
import { ThresholdService } from './threshold.service';

type ThresholdCalls = Pick<InventoryService, 'setStockThreshold'>;

/** Maps gRPC messages to service calls and back. Contains no rules. */
@Controller()
export class ThresholdGrpcController implements ThresholdCalls {
  constructor(private readonly thresholds: ThresholdService) {}

  @GrpcMethod(INVENTORY_SERVICE)
  async setStockThreshold(
    @Payload() { sku, threshold }: SetStockThresholdDto,
  ): Promise<SetStockThresholdResponse> {
    const level = await this.thresholds.set(sku, threshold ?? null);
    return { level: toStockLevelDto(sku, level) };
  }
}
