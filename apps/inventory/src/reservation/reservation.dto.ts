import { Type } from 'class-transformer';
import { ValidateIf, ValidateNested } from 'class-validator';
import {
  type BatchCreateReservationsRequest,
  type CommitReservationRequest,
  type CreateReservationRequest,
  type Duration,
  type ExtendReservationRequest,
  type GetReservationRequest,
  IsObjectList,
  IsQuantity,
  IsReservationId,
  IsSku,
  IsTtl,
  LIMITS,
  quantityFault,
  type ReleaseReservationRequest,
  reservationIdFault,
  type RequestedLine,
  type ReserveStockRequest,
  skuFault,
  ttlFault,
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

  @IsTtl()
  ttl?: Duration;
}

/**
 * Whether a request is as the class above has it. The class takes 20 times as long to say so, and is
 * asked only what is wrong: of 256 requests in a batch, mostly nothing is.
 */
export const isSound = ({ reservationId, lines, ttl }: CreateReservationRequest): boolean =>
  reservationIdFault(reservationId) === undefined &&
  lines.length >= 1 &&
  lines.length <= LIMITS.maxLines &&
  lines.every(
    ({ sku, quantity }) => skuFault(sku) === undefined && quantityFault(quantity) === undefined,
  ) &&
  ttlFault(ttl) === undefined;

/** Its requests are checked one by one, so that a bad one does not spoil its neighbours. */
export class BatchCreateReservationsDto implements BatchCreateReservationsRequest {
  @IsObjectList(1, LIMITS.maxBatch, 'requests')
  requests!: CreateReservationRequest[];
}

export class ExtendReservationDto implements ExtendReservationRequest {
  @IsReservationId()
  reservationId!: string;

  @IsTtl()
  ttl?: Duration;
}

export class ReservationIdDto
  implements CommitReservationRequest, GetReservationRequest, ReleaseReservationRequest
{
  @IsReservationId()
  reservationId!: string;
}
