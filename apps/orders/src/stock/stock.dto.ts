import { ApiProperty, ApiSchema, PickType } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsOptional, Matches, ValidateBy } from 'class-validator';
import { IsSku, IsSkuList, LIMITS, SKU_SCHEMA, StockLevelDto } from '@app/contracts';
import { IsPageSize, PAGE_SIZE } from '../http/page-size';
import { splitList } from '../http/query-list';
import { withOpenApi } from '../http/shared-dto';
import type { StockView, StockViewPage } from './stock';

export class StockSkuDto {
  /**
   * The SKU to read: 1 to 64 characters out of A-Z a-z 0-9 . _ -
   * @example "burger"
   */
  @ApiProperty(SKU_SCHEMA)
  @IsSku()
  sku!: string;
}

/** Requires that a list of SKUs is read without what would restrict it or cut it into pages. */
const IsWithout = (...others: readonly (keyof ListStockDto)[]): PropertyDecorator => {
  const present = (query: object | undefined): string | undefined =>
    others.find((other) => (query as ListStockDto | undefined)?.[other] !== undefined);
  return ValidateBy({
    name: 'isWithout',
    validator: {
      validate: (_value: unknown, args) => present(args?.object) === undefined,
      defaultMessage: (args) => `must not be sent together with ${present(args?.object) ?? ''}`,
    },
  });
};

export class ListStockDto {
  /**
   * Only these SKUs, 1 to 100, separated by commas or in repeated parameters. All of them are in one page, so
   * `prefix`, `cursor` and `limit` must be absent.
   */
  @ApiProperty({
    type: 'array',
    items: { type: 'string', ...SKU_SCHEMA },
    minItems: 1,
    maxItems: LIMITS.maxLines,
  })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => splitList(value))
  @IsSkuList()
  @IsWithout('prefix', 'cursor', 'limit')
  skus?: string[];

  /** Only SKUs that begin with this text: 1 to 64 characters out of A-Z a-z 0-9 . _ - */
  @ApiProperty(SKU_SCHEMA)
  @IsOptional()
  @IsSku()
  prefix?: string;

  /** `nextCursor` of the previous page, with the same `prefix`. Without it: the first page. */
  @ApiProperty(SKU_SCHEMA)
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
export class StockDto extends PickType(withOpenApi(StockLevelDto), ['sku', 'available']) {
  /**
   * When Orders asked Inventory, by the clock of Orders. The number is from then or a moment later.
   * @example "2026-11-23T12:00:00.000Z"
   */
  @ApiProperty({ format: 'date-time' })
  asOf!: string;

  /**
   * False: read from Inventory for this request. True: Inventory is unavailable, and this is its last
   * response, from `asOf`.
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
  @ApiProperty({ type: 'string', ...SKU_SCHEMA, nullable: true })
  nextCursor!: string | null;

  /**
   * False: read from Inventory for this request. True: Inventory is unavailable, and this is from its last
   * responses; SKUs that it has added since are absent.
   * @example false
   */
  @ApiProperty()
  stale!: boolean;
}

export const toStockPageDto = ({ items, next, stale }: StockViewPage): StockPageDto => ({
  stock: items.map(toStockDto),
  nextCursor: next ?? null,
  stale,
});

export const toStockDto = ({ sku, available, asOf, stale }: StockView): StockDto => ({
  sku,
  available,
  asOf: asOf.toISOString(),
  stale,
});
