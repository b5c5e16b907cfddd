import { ApiProperty, ApiSchema, PickType } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsSkuList, LIMITS, SKU_SCHEMA, StockLevelDto } from '@app/contracts';
import { EventStreamDto } from '../http/event-stream.dto';
import { splitList } from '../http/query-list';
import { withOpenApi } from '../http/shared-dto';
import type { StockChange } from './stock-watch.client';

export class FollowStockDto extends EventStreamDto {
  /**
   * The SKUs to follow, 1 to 100, separated by commas or in repeated parameters.
   * @example ["burger", "pizza"]
   */
  @ApiProperty({
    type: 'array',
    items: { type: 'string', ...SKU_SCHEMA },
    minItems: 1,
    maxItems: LIMITS.maxLines,
  })
  @Transform(({ value }: { value: unknown }) => splitList(value))
  @IsSkuList()
  skus!: string[];
}

/** The available stock of one SKU after a change. */
@ApiSchema({ name: 'StockEvent' })
export class StockEventDto extends PickType(withOpenApi(StockLevelDto), ['sku', 'available']) {
  /**
   * When the stock changed, by the clock of Inventory's database.
   * @example "2026-11-23T12:00:00.000Z"
   */
  @ApiProperty({ format: 'date-time' })
  changedAt!: string;
}

export const toStockEventDto = ({ sku, available, position }: StockChange): StockEventDto => ({
  sku,
  available,
  changedAt: new Date(position.occurredAtMs).toISOString(),
});
