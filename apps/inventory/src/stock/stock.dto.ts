import { ValidateIf } from 'class-validator';
import {
  type GetStockRequest,
  IsSku,
  IsSkuList,
  IsTime,
  IsWholeNumber,
  LIMITS,
  type ListStockRequest,
  type Timestamp,
} from '@app/contracts';

export class GetStockDto implements GetStockRequest {
  @IsSkuList()
  skus!: string[];

  @IsTime()
  at?: Timestamp;
}

export class ListStockDto implements ListStockRequest {
  @IsWholeNumber(0, LIMITS.maxPageSize)
  pageSize!: number;

  @ValidateIf(({ pageToken }: ListStockDto) => pageToken !== '')
  @IsSku()
  pageToken!: string;
}
