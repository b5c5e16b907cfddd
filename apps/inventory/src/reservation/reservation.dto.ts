import { Type } from 'class-transformer';
import { ValidateIf, ValidateNested } from 'class-validator';
import {
  type BatchCreateReservationsRequest,
  type CommitReservationRequest,
  type CreateReservationRequest,
  type Duration,
  type ExtendReservationRequest,
  type FieldFault,
  type GetReservationRequest,
  IsObjectList,
  IsReservationId,
  IsTtl,
  isValidLine,
  lengthFault,
  LIMITS,
  lineFaults,
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

  /**
   * Returns the violations that the rules of the class find. class-validator took 1.6 s for the lines of one
   * batch.
   */
  static violationsOf({ reservationId, lines, ttl }: CreateReservationRequest): FieldFault[] {
    const ofLength = lengthFault(lines, 1, LIMITS.maxLines, 'lines');
    return [
      ...faultsOf('reservationId', reservationIdFault(reservationId)),
      ...faultsOf('lines', ofLength),
      ...(ofLength === undefined ? lineFaults(lines, 'lines') : []),
      ...faultsOf('ttl', ttlFault(ttl)),
    ];
  }
}

const faultsOf = (field: string, fault: string | undefined): FieldFault[] =>
  fault === undefined ? [] : [{ field, fault }];

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
