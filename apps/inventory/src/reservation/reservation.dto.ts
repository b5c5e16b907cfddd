import { Type } from 'class-transformer';
import { ValidateIf, ValidateNested } from 'class-validator';
import {
  type CreateReservationRequest,
  type GetReservationRequest,
  IsObjectList,
  IsQuantity,
  IsReservationId,
  IsSku,
  LIMITS,
  type ReleaseReservationRequest,
  type RequestedLine,
  type ReserveStockRequest,
} from '@app/contracts';

export class ReserveStockDto implements ReserveStockRequest {
  @IsSku()
  sku!: string;

  @IsQuantity()
  quantity!: number;

  @ValidateIf(({ reservationId }: ReserveStockDto) => reservationId !== '')
  @IsReservationId()
  reservationId!: string;
}

export class RequestedLineDto implements RequestedLine {
  @IsSku()
  sku!: string;

  @IsQuantity()
  quantity!: number;
}

export class CreateReservationDto implements CreateReservationRequest {
  @IsReservationId()
  reservationId!: string;

  @IsObjectList(1, LIMITS.maxLines, 'lines')
  @ValidateNested({ each: true })
  @Type(() => RequestedLineDto)
  lines!: RequestedLineDto[];
}

export class ReservationIdDto implements GetReservationRequest, ReleaseReservationRequest {
  @IsReservationId()
  reservationId!: string;
}
