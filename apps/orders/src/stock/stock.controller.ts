import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ApiProblems, OVERLOADED } from '../http/api-problem';
import { DEFAULT_PAGE_SIZE, PAGE_SIZE_FAULT } from '../http/page-size';
import { ListStockDto, StockDto, StockPageDto, StockSkuDto, toStockDto } from './stock.dto';
import { StockService } from './stock.service';

const BURGER = {
  sku: 'burger',
  available: 5,
  asOf: '2026-11-23T12:00:00.000Z',
  stale: false,
} as const satisfies StockDto;
const PIZZA = { ...BURGER, sku: 'pizza', available: 10 } as const;

const EXAMPLES = {
  live: { summary: 'Inventory has answered', value: BURGER },
  stale: { summary: 'Inventory gives no answer', value: { ...BURGER, stale: true } },
};
const PAGE_EXAMPLES = {
  last: { summary: 'The last page', value: { stock: [BURGER, PIZZA], nextCursor: null } },
  more: { summary: 'More to come', value: { stock: [BURGER], nextCursor: 'burger' } },
};

const SKU_FAULT = 'must be 1 to 64 characters out of A-Z a-z 0-9 . _ -';

const INVENTORY_UNAVAILABLE = {
  reason: 'INVENTORY_UNAVAILABLE',
  detail: 'Inventory gives no answer, and what it said before does not tell. Try again shortly.',
} as const;

@ApiTags('Stock')
@Controller('v1/stock')
export class StockController {
  constructor(private readonly stock: StockService) {}

  /**
   * List what can be ordered
   * @remarks All SKUs, in their order, page by page. While Inventory gives no answer, this tells at
   * once what it said last, with `stale: true` and since when that is known (`asOf`).
   */
  @Get()
  @ApiOkResponse({
    type: StockPageDto,
    description: 'A page of SKUs. Empty where there are none.',
    examples: PAGE_EXAMPLES,
  })
  @ApiProblems(
    '/v1/stock?limit=0',
    {
      reason: 'INVALID_REQUEST',
      detail: `limit ${PAGE_SIZE_FAULT}`,
      fields: [{ field: 'limit', fault: PAGE_SIZE_FAULT }],
    },
    INVENTORY_UNAVAILABLE,
    OVERLOADED,
  )
  async list(@Query() { cursor = '', limit }: ListStockDto): Promise<StockPageDto> {
    const page = await this.stock.page(cursor, limit ?? DEFAULT_PAGE_SIZE);
    return { stock: page.stock.map(toStockDto), nextCursor: page.next ?? null };
  }

  /**
   * Look at what can be ordered of one SKU
   * @remarks While Inventory gives no answer, this tells at once what it said last, with
   * `stale: true` and since when that is known (`asOf`).
   */
  @Get(':sku')
  @ApiOkResponse({ type: StockDto, description: 'What there is of it.', examples: EXAMPLES })
  @ApiProblems(
    '/v1/stock/burger',
    {
      reason: 'INVALID_REQUEST',
      detail: `sku ${SKU_FAULT}`,
      fields: [{ field: 'sku', fault: SKU_FAULT }],
    },
    { reason: 'SKU_NOT_FOUND', detail: 'There is no SKU burger.' },
    INVENTORY_UNAVAILABLE,
    OVERLOADED,
  )
  async get(@Param() { sku }: StockSkuDto): Promise<StockDto> {
    return toStockDto(await this.stock.get(sku));
  }
}
