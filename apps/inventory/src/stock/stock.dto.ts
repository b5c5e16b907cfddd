import { IsInt, Max, Min, ValidateIf } from 'class-validator';
import {
  type GetStockRequest,
  IsSku,
  IsSkuList,
  LIMITS,
  type ListStockRequest,
} from '@app/contracts';

export class GetStockDto implements GetStockRequest {
  @IsSkuList()
  skus!: string[];
}

export class ListStockDto implements ListStockRequest {
  @IsInt({ message: 'must be a whole number' })
  @Min(0, { message: 'must be >= 0' })
  @Max(LIMITS.maxPageSize, { message: `must be <= ${LIMITS.maxPageSize}` })
  pageSize!: number;

  @ValidateIf(({ pageToken }: ListStockDto) => pageToken !== '')
  @IsSku()
  pageToken!: string;
}
