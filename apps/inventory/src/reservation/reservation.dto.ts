import { Type } from 'class-transformer';
import { Allow, ValidateIf, ValidateNested } from 'class-validator';
import {
  type BatchCreateReservationsRequest,
  type CommitReservationRequest,
  type CreateReservationRequest,
  type Duration,
  type ExtendReservationRequest,
  type FieldFault,
  type GetReservationRequest,
  IsObjectList,
  IsPositive,
  IsPresent,
  IsReservationId,
  IsTtl,
  isValidLine,
  lengthFault,
  LIMITS,
  lineFaults,
  LineDto,
  type ReduceReservationRequest,
  type ReleaseReservationRequest,
  reservationIdFault,
  type ReserveStockRequest,
  ttlFault,
} from '@app/contracts';

/**
 * Any SKU and any quantity above 0, as in the published tutorial. `ReservationService.take` rejects those that
 * no reservation can have.
 */
export class ReserveStockDto implements ReserveStockRequest {
  @IsPresent()
  sku!: string;

  @IsPositive()
  quantity!: number;

  @ValidateIf(({ reservationId }: ReserveStockDto) => reservationId !== '')
  @IsReservationId()
  reservationId!: string;

  static isValid({ sku, quantity, reservationId }: ReserveStockRequest): boolean {
    const isValidId = reservationId === '' || reservationIdFault(reservationId) === undefined;
    return isValidId && sku !== '' && quantity > 0;
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

  /** Never invalid: a reservation must not fail because of an id for log lines. */
  @Allow()
  requestId?: string;

  /** Never invalid, for the same reason. */
  @Allow()
  actingSubject?: string;

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

/** A reduction has the form of a basket: the lines to keep. */
export class ReduceReservationDto implements ReduceReservationRequest {
  @IsReservationId()
  reservationId!: string;

  @IsObjectList(1, LIMITS.maxLines, 'lines')
  @ValidateNested({ each: true })
  @Type(() => LineDto)
  lines!: LineDto[];

  static isValid({ reservationId, lines }: ReduceReservationRequest): boolean {
    const isValidLength = lengthFault(lines, 1, LIMITS.maxLines, 'lines') === undefined;
    return (
      reservationIdFault(reservationId) === undefined && isValidLength && lines.every(isValidLine)
    );
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
