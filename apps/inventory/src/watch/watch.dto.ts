import { Type } from 'class-transformer';
import { ValidateNested } from 'class-validator';
import {
  IsObjectList,
  IsSku,
  IsSkuList,
  IsTime,
  IsWholeNumber,
  LIMITS,
  type StockPosition,
  type Timestamp,
  type WatchStockRequest,
} from '@app/contracts';

export class StockPositionDto implements StockPosition {
  @IsSku()
  sku!: string;

  @IsWholeNumber(0, Number.MAX_SAFE_INTEGER)
  seq!: number;

  @IsTime()
  occurredAt?: Timestamp;
}

export class WatchStockDto implements WatchStockRequest {
  @IsSkuList()
  skus!: string[];

  @IsObjectList(0, LIMITS.maxLines, 'positions')
  @ValidateNested({ each: true })
  @Type(() => StockPositionDto)
  after!: StockPositionDto[];
}
