import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Allow } from '../access/allow.decorator';
import { ApiProblems } from '../http/api-problem';
import { invalidPageSize, overloaded } from '../http/http-errors';
import { DEFAULT_PAGE_SIZE } from '../http/page-size';
import { inventoryUnavailable, invalidSku, skuNotFound } from './stock-errors';
import {
  ListStockDto,
  StockDto,
  StockPageDto,
  StockSkuDto,
  toStockDto,
  toStockPageDto,
} from './stock.dto';
import { StockViewService } from './stock-view.service';

const BURGER = {
  sku: 'burger',
  available: 5,
  asOf: '2026-11-23T12:00:00.000Z',
  stale: false,
} as const satisfies StockDto;
const PIZZA = { ...BURGER, sku: 'pizza', available: 10 } as const;

const EXAMPLES = {
  live: { summary: 'Read from Inventory', value: BURGER },
  stale: { summary: 'Inventory is unavailable', value: { ...BURGER, stale: true } },
};
const PAGE_EXAMPLES = {
  last: {
    summary: 'The last page',
    value: { stock: [BURGER, PIZZA], nextCursor: null, stale: false },
  },
  more: {
    summary: 'A page with a next page',
    value: { stock: [BURGER], nextCursor: 'burger', stale: false },
  },
} as const satisfies Record<string, { summary: string; value: StockPageDto }>;

@ApiTags('Stock')
@Controller('v1/stock')
export class StockController {
  constructor(private readonly stock: StockViewService) {}

  /**
   * List the available stock
   * @remarks Returns all SKUs in byte order, page by page, or those that begin with `prefix`. With `skus`:
   * those of up to 100 SKUs that Inventory has, in one page; the others are absent. While Inventory is unavailable, returns
   * Inventory's last answers at once, with `stale: true` and their times in `asOf`.
   */
  @Allow('customer', 'staff', 'events')
  @Get()
  @ApiOkResponse({
    type: StockPageDto,
    description: 'A page of SKUs. Empty if there are none.',
    examples: PAGE_EXAMPLES,
  })
  @ApiProblems('/v1/stock?limit=0', invalidPageSize(), inventoryUnavailable(), overloaded())
  async listStock(@Query() query: ListStockDto): Promise<StockPageDto> {
    const { skus, prefix = '', cursor: after = '', limit = DEFAULT_PAGE_SIZE } = query;
    return toStockPageDto(
      await (skus ? this.stock.find(skus) : this.stock.page({ after, prefix }, limit)),
    );
  }

  /**
   * Read the available stock of one SKU
   * @remarks While Inventory is unavailable, returns Inventory's last answer at once, with
   * `stale: true` and its time in `asOf`.
   */
  @Allow('customer', 'staff', 'events')
  @Get(':sku')
  @ApiOkResponse({
    type: StockDto,
    description: 'The available units of the SKU.',
    examples: EXAMPLES,
  })
  @ApiProblems(
    '/v1/stock/burger',
    invalidSku(),
    skuNotFound('burger'),
    inventoryUnavailable(),
    overloaded(),
  )
  async getStock(@Param() { sku }: StockSkuDto): Promise<StockDto> {
    return toStockDto(await this.stock.get(sku));
  }
}
