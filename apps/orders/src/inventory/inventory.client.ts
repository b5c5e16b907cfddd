import { type Client, connectivityState, Metadata, status } from '@grpc/grpc-js';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { ClientGrpc } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import {
  type GrpcClient,
  INVENTORY_SERVICE,
  type InventoryService,
  type Reservation,
  ReservationState,
  ShortageReason,
} from '@app/contracts';
import { reasonFromTrailer } from '@app/errors';
import { Reachability } from '@app/runtime';
import type { Decision, Item, Shortage } from '../order/order';

export const INVENTORY_GRPC = Symbol('INVENTORY_GRPC');

/** Statuses that Inventory gives of its own accord: it is there, and refuses what we sent. */
const REFUSALS = new Set([status.INVALID_ARGUMENT, status.ALREADY_EXISTS, status.UNIMPLEMENTED]);

const isRefusal = (error: unknown): boolean =>
  REFUSALS.has((Object(error) as { code?: status }).code ?? status.OK);

/** Of an id that is behind the horizon of tombstones nothing is held, and nothing ever will be. */
const isForgotten = (error: unknown): boolean => {
  const { metadata } = Object(error) as { metadata?: unknown };
  return metadata instanceof Metadata && reasonFromTrailer(metadata) === 'RESERVATION_ID_TOO_OLD';
};

/** Orders' only way to Inventory. Whatever goes wrong on it means "unknown", never "no". */
@Injectable()
export class InventoryClient implements OnModuleInit {
  private readonly logger = new Logger(InventoryClient.name);
  private readonly reachability = new Reachability('Inventory');
  private readonly service: GrpcClient<InventoryService>;
  private readonly channel: ReturnType<Client['getChannel']>;

  constructor(@Inject(INVENTORY_GRPC) grpc: ClientGrpc) {
    this.service = grpc.getService<GrpcClient<InventoryService>>(INVENTORY_SERVICE);
    this.channel = grpc.getClientByServiceName<Client>(INVENTORY_SERVICE).getChannel();
  }

  /** Connects ahead of the first call, which would pay 100 ms for it; does not wait for success. */
  onModuleInit(): void {
    this.channel.getConnectivityState(true);
  }

  /** Whether there is a connection. One that is not there is tried for, within its backoff. */
  get isConnected(): boolean {
    return this.channel.getConnectivityState(true) === connectivityState.READY;
  }

  /** Asks Inventory to hold an order's items, until the deadline. Safe to repeat. Never throws. */
  async reserve(orderId: string, items: readonly Item[], deadline: Date): Promise<Decision> {
    try {
      const request = { reservationId: orderId, lines: [...items] };
      const { reservation } = await firstValueFrom(
        this.service.createReservation(request, new Metadata(), { deadline }),
      );
      this.reachability.answered();
      return toDecision(reservation);
    } catch (error) {
      if (isForgotten(error)) return { kind: 'released' };
      const why = error instanceof Error ? error.message : String(error);
      if (isRefusal(error)) {
        this.reachability.answered();
        this.logger.error({ orderId }, `Inventory refuses to decide an order: ${why}`);
      } else {
        this.reachability.gaveNoAnswer(why);
      }
      return { kind: 'unknown' };
    }
  }
}

const toDecision = (reservation: Reservation | undefined): Decision => {
  switch (reservation?.state) {
    case ReservationState.RESERVATION_STATE_HELD:
    case ReservationState.RESERVATION_STATE_COMMITTED:
      return { kind: 'held' };
    case ReservationState.RESERVATION_STATE_REJECTED:
      return { kind: 'rejected', shortages: reservation.shortages.map(toShortage) };
    case ReservationState.RESERVATION_STATE_RELEASED:
    case ReservationState.RESERVATION_STATE_EXPIRED:
      return { kind: 'released' };
    default:
      return { kind: 'unknown' };
  }
};

const toShortage = ({
  sku,
  requested,
  available,
  reason,
}: Reservation['shortages'][number]): Shortage => ({
  sku,
  requested,
  available,
  reason: reason === ShortageReason.SHORTAGE_REASON_UNKNOWN_SKU ? 'UNKNOWN_SKU' : 'NOT_ENOUGH',
});
