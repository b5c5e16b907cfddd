import { Controller, Logger } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import type { CancellationSignal } from '@app/batching';
import {
  type BatchCreateReservationsResponse,
  type BatchCreateReservationsResult,
  type CommitReservationResponse,
  type CreateReservationRequest,
  type CreateReservationResponse,
  type Duration,
  type ExtendReservationResponse,
  type GetReservationResponse,
  INVENTORY_SERVICE,
  type ReduceReservationResponse,
  type ReleaseReservationResponse,
  type Reservation as ReservationMessage,
  type ReserveStockResponse,
  toMs,
  toProtoReservationState,
  toProtoShortage,
  toTimestamp,
} from '@app/contracts';
import { internalError, ServiceError, statusMessageOf } from '@app/errors';
import { requestOf, runForRequest, validRequestId, validSubject } from '@app/runtime';
import { type CancellableCalls, Signal } from '../call-signal';
import { ClientName } from '../grpc/client-names';
import type { Reservation } from './reservation';
import {
  BatchCreateReservationsDto,
  CreateReservationDto,
  ExtendReservationDto,
  ReduceReservationDto,
  ReservationIdDto,
  ReserveStockDto,
} from './reservation.dto';
import { ReservationService } from './reservation.service';

type ReservationCalls = CancellableCalls<
  | 'reserveStock'
  | 'createReservation'
  | 'batchCreateReservations'
  | 'commitReservation'
  | 'releaseReservation'
  | 'reduceReservation'
  | 'extendReservation'
  | 'getReservation'
>;

/** Maps gRPC messages to service calls and back. Contains no rules. */
@Controller()
export class ReservationGrpcController implements ReservationCalls {
  private readonly logger = new Logger(ReservationGrpcController.name);

  constructor(private readonly reservations: ReservationService) {}

  @GrpcMethod(INVENTORY_SERVICE)
  async reserveStock(
    @Payload() request: ReserveStockDto,
    @Signal() signal: CancellationSignal,
  ): Promise<ReserveStockResponse> {
    const { sku, quantity, reservationId } = request;
    const line = { sku, quantity };
    const id = await this.reservations.take(line, reservationId || undefined, signal);
    return { reserved: true, reservationId: id };
  }

  @GrpcMethod(INVENTORY_SERVICE)
  async createReservation(
    @Payload() request: CreateReservationDto,
    @Signal() signal: CancellationSignal,
  ): Promise<CreateReservationResponse> {
    const { reservationId, lines, ttl } = request;
    const ttlMs = ttlMsOf(ttl);
    const reservation = await this.reservations.create(reservationId, lines, ttlMs, signal);
    return { reservation: toProtoReservation(reservation) };
  }

  /** Submits all requests before it awaits one, so that they are decided in order and together. */
  @GrpcMethod(INVENTORY_SERVICE)
  async batchCreateReservations(
    @Payload() { requests }: BatchCreateReservationsDto,
    @Signal() signal: CancellationSignal,
    @ClientName() clientName: string | undefined,
  ): Promise<BatchCreateReservationsResponse> {
    const results = requests.map((request) => {
      // As with a single call, only a client with a certificate is believed.
      const subject = clientName === undefined ? undefined : validSubject(request.actingSubject);
      const origin = requestOf(validRequestId(request.requestId), subject);
      return runForRequest(origin, this.createOfBatch, request, signal);
    });
    return { results: await Promise.all(results) };
  }

  @GrpcMethod(INVENTORY_SERVICE)
  async commitReservation(
    @Payload() { reservationId }: ReservationIdDto,
    @Signal() signal: CancellationSignal,
  ): Promise<CommitReservationResponse> {
    return {
      reservation: toProtoReservation(await this.reservations.commit(reservationId, signal)),
    };
  }

  @GrpcMethod(INVENTORY_SERVICE)
  async releaseReservation(
    @Payload() { reservationId }: ReservationIdDto,
    @Signal() signal: CancellationSignal,
  ): Promise<ReleaseReservationResponse> {
    return {
      reservation: toProtoReservation(await this.reservations.release(reservationId, signal)),
    };
  }

  @GrpcMethod(INVENTORY_SERVICE)
  async reduceReservation(
    @Payload() { reservationId, lines }: ReduceReservationDto,
    @Signal() signal: CancellationSignal,
  ): Promise<ReduceReservationResponse> {
    const reservation = await this.reservations.reduce(reservationId, lines, signal);
    return { reservation: toProtoReservation(reservation) };
  }

  @GrpcMethod(INVENTORY_SERVICE)
  async extendReservation(
    @Payload() { reservationId, ttl }: ExtendReservationDto,
    @Signal() signal: CancellationSignal,
  ): Promise<ExtendReservationResponse> {
    const reservation = await this.reservations.extend(reservationId, ttlMsOf(ttl), signal);
    return { reservation: toProtoReservation(reservation) };
  }

  @GrpcMethod(INVENTORY_SERVICE)
  async getReservation(
    @Payload() { reservationId }: ReservationIdDto,
    @Signal() signal: CancellationSignal,
  ): Promise<GetReservationResponse> {
    return { reservation: toProtoReservation(await this.reservations.get(reservationId, signal)) };
  }

  /** Returns an error as the result of its own request, even an internal error. The others succeed. */
  private readonly createOfBatch = async (
    request: CreateReservationRequest,
    signal: CancellationSignal,
  ): Promise<BatchCreateReservationsResult> => {
    try {
      const { reservation } = await this.createIfValid(request, signal);
      return { reservation };
    } catch (cause) {
      const error = cause instanceof ServiceError ? cause : internalError(cause);
      if (error.reason === 'INTERNAL') {
        this.logger.error({ err: error.cause ?? error }, error.message);
      }
      return { error: statusMessageOf(error) };
    }
  };

  private async createIfValid(
    request: CreateReservationRequest,
    signal: CancellationSignal,
  ): Promise<CreateReservationResponse> {
    this.logger.debug({ reservationId: request.reservationId }, 'Creating a reservation');
    const [first, ...others] = CreateReservationDto.violationsOf(request);
    if (first) throw ServiceError.invalid([first, ...others]);
    return this.createReservation(request, signal);
  }
}

const ttlMsOf = (ttl: Duration | null | undefined): number | null => (ttl ? toMs(ttl) : null);

const toProtoReservation = (reservation: Reservation): ReservationMessage => ({
  reservationId: reservation.id,
  state: toProtoReservationState(reservation.state),
  lines: [...reservation.lines],
  shortages: reservation.shortages.map(toProtoShortage),
  createdAt: toTimestamp(reservation.createdAt),
  updatedAt: toTimestamp(reservation.updatedAt),
  expiresAt: reservation.expiresAt ? toTimestamp(reservation.expiresAt) : undefined,
  heldLines: [...(reservation.heldLines ?? [])],
});
