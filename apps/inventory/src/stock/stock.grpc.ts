import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import type { CancellationSignal } from '@app/batching';
import {
  type GetStockResponse,
  INVENTORY_SERVICE,
  LIMITS,
  type ListStockResponse,
  StockPageRequestDto,
  toDate,
  type Timestamp,
  toProtoStockPage,
  toTimestamp,
} from '@app/contracts';
import { type CancellableCalls, Signal } from '../call-signal';
import { PastStockService } from './past-stock.service';
import { toStockLevelDto } from './stock-mapping';
import { GetStockDto } from './stock.dto';
import { StockService } from './stock.service';

type StockCalls = CancellableCalls<'getStock' | 'listStock'>;

/** Maps gRPC messages to service calls and back. Contains no rules. */
@Controller()
export class StockGrpcController implements StockCalls {
  constructor(
    private readonly stock: StockService,
    private readonly pastStock: PastStockService,
  ) {}

  @GrpcMethod(INVENTORY_SERVICE)
  async getStock(
    @Payload() { skus, at }: GetStockDto,
    @Signal() signal: CancellationSignal,
  ): Promise<GetStockResponse> {
    const levels = at
      ? await this.pastStock.levelsAt(skus, toDate(at), { signal })
      : await this.stock.levelsOf(skus, { signal });
    return {
      levels: skus.map((sku, index) => toStockLevelDto(sku, levels[index])),
      respondedAt: this.now(),
    };
  }

  @GrpcMethod(INVENTORY_SERVICE)
  async listStock(
    @Payload() { pageSize, pageToken, prefix }: StockPageRequestDto,
    @Signal() signal: CancellationSignal,
  ): Promise<ListStockResponse> {
    const limit = pageSize || LIMITS.defaultPageSize;
    const start = { after: pageToken, prefix };
    const { items, next } = await this.stock.page(start, limit, { signal });
    const levels = items.map((level) => toStockLevelDto(level.sku, level));
    return { ...toProtoStockPage({ items: levels, next }), respondedAt: this.now() };
  }

  private now(): Timestamp | undefined {
    const time = this.stock.databaseTime();
    return time && toTimestamp(time);
  }
}
