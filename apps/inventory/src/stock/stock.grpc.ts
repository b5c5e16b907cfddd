import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import {
  type GetStockResponse,
  INVENTORY_SERVICE,
  type InventoryService,
  LIMITS,
  type ListStockResponse,
  type StockLevel as StockLevelMessage,
} from '@app/contracts';
import { available, type StockLevel } from './stock';
import { GetStockDto, ListStockDto } from './stock.dto';
import { StockService } from './stock.service';

type StockCalls = Pick<InventoryService, 'getStock' | 'listStock'>;

/** Translates the wire to the service and back; holds no rules of its own. */
@Controller()
export class StockGrpcController implements StockCalls {
  constructor(private readonly stock: StockService) {}

  @GrpcMethod(INVENTORY_SERVICE)
  async getStock(@Payload() { skus }: GetStockDto): Promise<GetStockResponse> {
    const levels = await this.stock.levelsOf(skus);
    return { levels: skus.map((sku, index) => toMessage(sku, levels[index])) };
  }

  @GrpcMethod(INVENTORY_SERVICE)
  async listStock(@Payload() { pageSize, pageToken }: ListStockDto): Promise<ListStockResponse> {
    const page = await this.stock.page(pageToken, pageSize || LIMITS.defaultPageSize);
    return {
      levels: page.levels.map((level) => toMessage(level.sku, level)),
      nextPageToken: page.next ?? '',
    };
  }
}

const toMessage = (sku: string, level: StockLevel | undefined): StockLevelMessage => ({
  sku,
  onHand: level?.onHand ?? 0,
  reserved: level?.reserved ?? 0,
  available: level ? available(level) : 0,
  known: level !== undefined,
});
