import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { IsSku, LIMITS } from '@app/contracts';
import { IsPageSize, PAGE_SIZE } from '../http/page-size';
import type { StockView } from './stock';

const SKU = { pattern: LIMITS.sku.source };

export class StockSkuDto {
  /**
   * The SKU to read: 1 to 64 characters out of A-Z a-z 0-9 . _ -
   * @example "burger"
   */
  @ApiProperty(SKU)
  @IsSku()
  sku!: string;
}

export class ListStockDto {
  /** `nextCursor` of the previous page. Without it: the first page. */
  @ApiProperty(SKU)
  @IsOptional()
  @Matches(LIMITS.sku, { message: 'must be the nextCursor of an earlier page' })
  cursor?: string;

  /**
   * Maximum number of SKUs in the page, 1 to 100; the default is 20.
   * @example 20
   */
  @ApiProperty(PAGE_SIZE)
  @IsPageSize()
  limit?: number;
}

@ApiSchema({ name: 'Stock' })
export class StockDto {
  /**
   * The SKU.
   * @example "burger"
   */
  @ApiProperty(SKU)
  sku!: string;

  /**
   * Units that a new order can take. Only a CONFIRMED order has them for sure: other orders may take
   * them first.
   * @example 5
   */
  @ApiProperty({ type: 'integer', minimum: 0 })
  available!: number;

  /**
   * When Orders asked Inventory, by the clock of Orders. The number is from then or a moment later.
   * @example "2026-11-23T12:00:00.000Z"
   */
  @ApiProperty({ format: 'date-time' })
  asOf!: string;

  /**
   * False: read from Inventory for this request. True: Inventory is unavailable, and this is its last
   * answer, from `asOf`.
   * @example false
   */
  @ApiProperty()
  stale!: boolean;
}

@ApiSchema({ name: 'StockPage' })
export class StockPageDto {
  /** In byte order of the SKUs. */
  @ApiProperty()
  stock!: StockDto[];

  /** The `cursor` of the next page. Null on the last page. */
  @ApiProperty({ type: 'string', pattern: LIMITS.sku.source, nullable: true })
  nextCursor!: string | null;
}

export const toStockDto = ({ sku, available, asOf, stale }: StockView): StockDto => ({
  sku,
  available,
  asOf: asOf.toISOString(),
  stale,
});
