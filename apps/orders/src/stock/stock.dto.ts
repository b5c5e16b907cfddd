import { ApiProperty, ApiSchema, PickType } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { IsSku, LIMITS, SKU_SCHEMA, StockLevelDto } from '@app/contracts';
import { IsPageSize, PAGE_SIZE } from '../http/page-size';
import { withOpenApi } from '../http/shared-dto';
import type { StockView } from './stock';

export class StockSkuDto {
  /**
   * What to look at: 1 to 64 characters out of A-Z a-z 0-9 . _ -
   * @example "burger"
   */
  @ApiProperty(SKU_SCHEMA)
  @IsSku()
  sku!: string;
}

export class ListStockDto {
  /** `nextCursor` of the page before. Without it: the first page. */
  @ApiProperty(SKU_SCHEMA)
  @IsOptional()
  @Matches(LIMITS.sku, { message: 'must be the nextCursor of an earlier page' })
  cursor?: string;

  /**
   * How many SKUs at most, 1 to 100; 20 unless given.
   * @example 20
   */
  @ApiProperty(PAGE_SIZE)
  @IsPageSize()
  limit?: number;
}

@ApiSchema({ name: 'Stock' })
export class StockDto extends PickType(withOpenApi(StockLevelDto), ['sku', 'available']) {
  /**
   * When Inventory was asked, by the clock of Orders: it said so then or a moment later.
   * @example "2026-11-23T12:00:00.000Z"
   */
  @ApiProperty({ format: 'date-time' })
  asOf!: string;

  /**
   * False: Inventory was asked for this answer. True: it gives no answer now, and this is what it
   * said last, at `asOf`.
   * @example false
   */
  @ApiProperty()
  stale!: boolean;
}

@ApiSchema({ name: 'StockPage' })
export class StockPageDto {
  /** In SKU order (byte order). */
  @ApiProperty()
  stock!: StockDto[];

  /** Give it as `cursor` for the next page. Null: this was the last. */
  @ApiProperty({ type: 'string', ...SKU_SCHEMA, nullable: true })
  nextCursor!: string | null;
}

export const toStockDto = ({ sku, available, asOf, stale }: StockView): StockDto => ({
  sku,
  available,
  asOf: asOf.toISOString(),
  stale,
});
