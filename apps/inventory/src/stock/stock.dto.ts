import { type GetStockRequest, IsSkuList, IsTime, type Timestamp } from '@app/contracts';

export class GetStockDto implements GetStockRequest {
  @IsSkuList()
  skus!: string[];

  @IsTime()
  at?: Timestamp;
}
