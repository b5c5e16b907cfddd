import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import {
  type GetStockResponse,
  INVENTORY_SERVICE,
  type InventoryService,
  LIMITS,
  type ListStockResponse,
  StockPageRequestDto,
  toDate,
  type Timestamp,
  toProtoStockPage,
  toTimestamp,
} from '@app/contracts';
import { PastStockService } from './past-stock.service';
import { toStockLevelDto } from './stock-mapping';
import { GetStockDto } from './stock.dto';
import { StockService } from './stock.service';

type StockCalls = Pick<InventoryService, 'getStock' | 'listStock'>;

/** Maps gRPC messages to service calls and back. Contains no rules. */
@Controller()
export class StockGrpcController implements StockCalls {
  constructor(
    private readonly stock: StockService,
    private readonly pastStock: PastStockService,
  ) {}

  @GrpcMethod(INVENTORY_SERVICE)
  async getStock(@Payload() { skus, at }: GetStockDto): Promise<GetStockResponse> {
    const levels = at
      ? await this.pastStock.levelsAt(skus, toDate(at))
      : await this.stock.levelsOf(skus);
    return {
      levels: skus.map((sku, index) => toStockLevelDto(sku, levels[index])),
      respondedAt: this.now(),
    };
  }

  @GrpcMethod(INVENTORY_SERVICE)
  async listStock(@Payload() request: StockPageRequestDto): Promise<ListStockResponse> {
    const { pageSize, pageToken } = request;
    const { items, next } = await this.stock.page(pageToken, pageSize || LIMITS.defaultPageSize);
    const levels = items.map((level) => toStockLevelDto(level.sku, level));
    return { ...toProtoStockPage({ items: levels, next }), respondedAt: this.now() };
  }

  private now(): Timestamp | undefined {
    const time = this.stock.databaseTime();
    return time && toTimestamp(time);
  }
}
