import { ValidateIf } from 'class-validator';
import {
  IsReservationId,
  IsSku,
  IsWholeNumber,
  LIMITS,
  type ListStockMovementsRequest,
} from '@app/contracts';

export class ListStockMovementsDto implements ListStockMovementsRequest {
  @ValidateIf(
    ({ sku, reservationId, afterSeq }: ListStockMovementsDto) =>
      sku !== '' || reservationId === '' || afterSeq !== 0,
  )
  @IsSku()
  sku!: string;

  @ValidateIf(({ reservationId }: ListStockMovementsDto) => reservationId !== '')
  @IsReservationId()
  reservationId!: string;

  @IsWholeNumber(0, Number.MAX_SAFE_INTEGER)
  afterSeq!: number;

  @IsWholeNumber(0, LIMITS.maxPageSize)
  pageSize!: number;
}
