import { type Client, connectivityState, Metadata } from '@grpc/grpc-js';
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
import type { Decision, Item, Shortage } from '../order/order';

export const INVENTORY_GRPC = Symbol('INVENTORY_GRPC');
export const INVENTORY_TIMEOUT_MS = Symbol('INVENTORY_TIMEOUT_MS');

/** Orders' only way to Inventory. Whatever goes wrong on it means "unknown", never "no". */
@Injectable()
export class InventoryClient implements OnModuleInit {
  private readonly logger = new Logger(InventoryClient.name);
  private readonly service: GrpcClient<InventoryService>;
  private readonly channel: ReturnType<Client['getChannel']>;
  private answering = true;

  constructor(
    @Inject(INVENTORY_GRPC) grpc: ClientGrpc,
    @Inject(INVENTORY_TIMEOUT_MS) private readonly timeoutMs: number,
  ) {
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

  /** The moment up to which a call that is decided on now may wait for its answer. */
  deadline(): Date {
    return new Date(Date.now() + this.timeoutMs);
  }

  /** Asks Inventory to hold an order's items, until the deadline. Safe to repeat. Never throws. */
  async reserve(orderId: string, items: readonly Item[], deadline: Date): Promise<Decision> {
    try {
      const request = { reservationId: orderId, lines: [...items] };
      const { reservation } = await firstValueFrom(
        this.service.createReservation(request, new Metadata(), { deadline }),
      );
      this.noteAnswer(true, 'Inventory answers again');
      return toDecision(reservation);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.noteAnswer(false, `Inventory gives no answer (${why}); orders stay PENDING for now`);
      return { kind: 'unknown', why };
    }
  }

  /** Says when it changes, not at each call: an outage under load is one line, not thousands. */
  private noteAnswer(answering: boolean, message: string): void {
    if (answering === this.answering) return;
    this.answering = answering;
    if (answering) this.logger.log(message);
    else this.logger.warn(message);
  }
}

const toDecision = (reservation: Reservation | undefined): Decision => {
  switch (reservation?.state) {
    case ReservationState.RESERVATION_STATE_HELD:
    case ReservationState.RESERVATION_STATE_COMMITTED:
      return { kind: 'held' };
    case ReservationState.RESERVATION_STATE_REJECTED:
      return { kind: 'rejected', shortages: reservation.shortages.map(toShortage) };
    default:
      return { kind: 'unknown', why: `the reservation is ${reservation?.state ?? 'missing'}` };
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
