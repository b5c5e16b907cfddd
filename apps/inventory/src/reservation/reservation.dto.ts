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
  IsReservationId,
  IsTtl,
  isValidLine,
  LIMITS,
  LineDto,
  type ReleaseReservationRequest,
  reservationIdFault,
  type ReserveStockRequest,
  ttlFault,
} from '@app/contracts';

export class ReserveStockDto extends LineDto implements ReserveStockRequest {
  @ValidateIf(({ reservationId }: ReserveStockDto) => reservationId !== '')
  @IsReservationId()
  reservationId!: string;

  static isValid({ sku, quantity, reservationId }: ReserveStockRequest): boolean {
    const isValidId = reservationId === '' || reservationIdFault(reservationId) === undefined;
    return isValidId && isValidLine({ sku, quantity });
  }
}

export class CreateReservationDto implements CreateReservationRequest {
  @IsReservationId()
  reservationId!: string;

  @IsObjectList(1, LIMITS.maxLines, 'lines')
  @ValidateNested({ each: true })
  @Type(() => LineDto)
  lines!: LineDto[];

  @IsTtl()
  ttl?: Duration;

  static isValid({ reservationId, lines, ttl }: CreateReservationRequest): boolean {
    return (
      reservationIdFault(reservationId) === undefined &&
      lines.length >= 1 &&
      lines.length <= LIMITS.maxLines &&
      lines.every(isValidLine) &&
      ttlFault(ttl) === undefined
    );
  }
}

/** The handler validates each request separately, so that an invalid one does not fail the others. */
export class BatchCreateReservationsDto implements BatchCreateReservationsRequest {
  @IsObjectList(1, LIMITS.maxBatch, 'requests')
  requests!: CreateReservationRequest[];

  /** gRPC guarantees that the requests are objects. */
  static isValid({ requests }: BatchCreateReservationsRequest): boolean {
    return requests.length >= 1 && requests.length <= LIMITS.maxBatch;
  }
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
