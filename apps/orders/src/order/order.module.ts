import { type DynamicModule, Module } from '@nestjs/common';
import { StockViewModule } from '../stock/stock-view.module';
import { OrderActivity } from './order-activity';
import { OrderActivityLogger } from './order-activity.worker';
import { OrderActionController } from './order-action.controller';
import { ORDER_OPTIONS, type OrderOptions } from './order-options';
import { OrderProcessor } from './order-processor.service';
import { OrderReconciler } from './order-reconciler.worker';
import { OrderController } from './order.controller';
import { OrderReadRepository } from './order-read.repository';
import { OrderExpiryRepository } from './order-expiry.repository';
import { OrderReductionRepository } from './order-reduction.repository';
import { OrderRepository } from './order.repository';
import { OrderService } from './order.service';
import { ReconciliationService } from './reconciliation.service';
import { ReservationClient } from './reservation.client';

/** How long the reconciler leaves an order to its request after the request has timed out. */
const GRACE_AFTER_TIMEOUT_MS = 300;

@Module({})
export class OrderModule {
  static with(settings: Omit<OrderOptions, 'graceMs'>): DynamicModule {
    const { activity } = settings;
    const graceMs = settings.requestTimeoutMs + GRACE_AFTER_TIMEOUT_MS;
    const options: OrderOptions = { ...settings, graceMs };
    return {
      module: OrderModule,
      imports: [StockViewModule],
      controllers: [OrderController, OrderActionController],
      providers: [
        { provide: ORDER_OPTIONS, useValue: options },
        OrderService,
        OrderProcessor,
        ReconciliationService,
        OrderRepository,
        OrderReadRepository,
        OrderReductionRepository,
        OrderExpiryRepository,
        ReservationClient,
        OrderReconciler,
        ...(activity ? [{ provide: OrderActivity, useValue: activity }, OrderActivityLogger] : []),
      ],
      exports: [OrderService, ORDER_OPTIONS],
    };
  }
}
