import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import {
  type CreateReservationResponse,
  type GetReservationResponse,
  INVENTORY_SERVICE,
  type InventoryService,
  type ReleaseReservationResponse,
  type Reservation as ReservationMessage,
  ReservationState,
  type ReserveStockResponse,
  type Shortage as ShortageMessage,
  ShortageReason,
  type Timestamp,
} from '@app/contracts';
import type { Reservation, Shortage } from './reservation';
import { CreateReservationDto, ReservationIdDto, ReserveStockDto } from './reservation.dto';
import { ReservationService } from './reservation.service';

type ReservationCalls = Omit<InventoryService, 'getStock' | 'listStock'>;

/** Translates the wire to the service and back; holds no rules of its own. */
@Controller()
export class ReservationGrpcController implements ReservationCalls {
  constructor(private readonly reservations: ReservationService) {}

  @GrpcMethod(INVENTORY_SERVICE)
  async reserveStock(@Payload() request: ReserveStockDto): Promise<ReserveStockResponse> {
    const { sku, quantity, reservationId } = request;
    const id = await this.reservations.take({ sku, quantity }, reservationId || undefined);
    return { reserved: true, reservationId: id };
  }

  @GrpcMethod(INVENTORY_SERVICE)
  async createReservation(
    @Payload() request: CreateReservationDto,
  ): Promise<CreateReservationResponse> {
    const { reservationId, lines } = request;
    return { reservation: toMessage(await this.reservations.create(reservationId, lines)) };
  }

  @GrpcMethod(INVENTORY_SERVICE)
  async releaseReservation(
    @Payload() request: ReservationIdDto,
  ): Promise<ReleaseReservationResponse> {
    return { reservation: toMessage(await this.reservations.release(request.reservationId)) };
  }

  @GrpcMethod(INVENTORY_SERVICE)
  async getReservation(@Payload() request: ReservationIdDto): Promise<GetReservationResponse> {
    return { reservation: toMessage(await this.reservations.get(request.reservationId)) };
  }
}

const STATES: Record<Reservation['state'], ReservationState> = {
  HELD: ReservationState.RESERVATION_STATE_HELD,
  REJECTED: ReservationState.RESERVATION_STATE_REJECTED,
  COMMITTED: ReservationState.RESERVATION_STATE_COMMITTED,
  RELEASED: ReservationState.RESERVATION_STATE_RELEASED,
  EXPIRED: ReservationState.RESERVATION_STATE_EXPIRED,
};

const REASONS: Record<Shortage['reason'], ShortageReason> = {
  NOT_ENOUGH: ShortageReason.SHORTAGE_REASON_NOT_ENOUGH,
  UNKNOWN_SKU: ShortageReason.SHORTAGE_REASON_UNKNOWN_SKU,
};

const toTimestamp = (date: Date): Timestamp => {
  const seconds = Math.floor(date.getTime() / 1_000);
  return { seconds, nanos: (date.getTime() - seconds * 1_000) * 1_000_000 };
};

const toShortage = ({ sku, requested, available, reason }: Shortage): ShortageMessage => ({
  sku,
  requested,
  available,
  reason: REASONS[reason],
});

const toMessage = (reservation: Reservation): ReservationMessage => ({
  reservationId: reservation.id,
  state: STATES[reservation.state],
  lines: [...reservation.lines],
  shortages: reservation.shortages.map(toShortage),
  createdAt: toTimestamp(reservation.createdAt),
  updatedAt: toTimestamp(reservation.updatedAt),
});
