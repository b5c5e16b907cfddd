import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import {
  type GetStockResponse,
  INVENTORY_SERVICE,
  type InventoryService,
  LIMITS,
  type ListStockResponse,
  toDate,
} from '@app/contracts';
import { levelMessage } from './stock-message';
import { GetStockDto, ListStockDto } from './stock.dto';
import { StockService } from './stock.service';

type StockCalls = Pick<InventoryService, 'getStock' | 'listStock'>;

/** Translates the wire to the service and back; holds no rules of its own. */
@Controller()
export class StockGrpcController implements StockCalls {
  constructor(private readonly stock: StockService) {}

  @GrpcMethod(INVENTORY_SERVICE)
  async getStock(@Payload() { skus, at }: GetStockDto): Promise<GetStockResponse> {
    const levels = at
      ? await this.stock.levelsAt(skus, toDate(at))
      : await this.stock.levelsOf(skus);
    return { levels: skus.map((sku, index) => levelMessage(sku, levels[index])) };
  }

  @GrpcMethod(INVENTORY_SERVICE)
  async listStock(@Payload() { pageSize, pageToken }: ListStockDto): Promise<ListStockResponse> {
    const page = await this.stock.page(pageToken, pageSize || LIMITS.defaultPageSize);
    return {
      levels: page.levels.map((level) => levelMessage(level.sku, level)),
      nextPageToken: page.next ?? '',
    };
  }
}
