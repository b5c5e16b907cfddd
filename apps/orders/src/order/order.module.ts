import { type DynamicModule, Module } from '@nestjs/common';
import { OrderActionController } from './order-action.controller';
import { OrderProcessor, TRANSITION_SETTINGS } from './order-processor.service';
import { OrderController } from './order.controller';
import { OrderRepository } from './order.repository';
import { ORDER_SETTINGS, OrderService, type OrderSettings } from './order.service';
import { OrderReconciler } from './order-reconciler.worker';
import { REQUEST_TIMEOUT_MS } from './request-headers';
import { ReconciliationService } from './reconciliation.service';
import { ReservationClient } from './reservation.client';

/** How long after a request's own time-out the reconciler still leaves its order alone. */
const GRACE_AFTER_TIMEOUT_MS = 300;

interface Settings extends OrderSettings {
  /** How long a request may wait for Inventory's decision before it answers PENDING. */
  readonly requestTimeoutMs: number;
  /** How often Inventory may refuse an order's call before the order is parked. */
  readonly parkAfterRefusals: number;
}

@Module({})
export class OrderModule {
  static with(settings: Settings): DynamicModule {
    const { requestTimeoutMs, parkAfterRefusals } = settings;
    const graceMs = requestTimeoutMs + GRACE_AFTER_TIMEOUT_MS;
    return {
      module: OrderModule,
      controllers: [OrderController, OrderActionController],
      providers: [
        { provide: ORDER_SETTINGS, useValue: settings },
        { provide: TRANSITION_SETTINGS, useValue: { graceMs, parkAfterRefusals } },
        { provide: REQUEST_TIMEOUT_MS, useValue: requestTimeoutMs },
        OrderService,
        OrderProcessor,
        ReconciliationService,
        OrderRepository,
        ReservationClient,
        OrderReconciler,
      ],
    };
  }
}
