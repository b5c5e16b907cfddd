import { type DynamicModule, Module } from '@nestjs/common';
import { OrderController } from './order.controller';
import { OrderRepository } from './order.repository';
import { ORDER_SETTINGS, OrderService, type OrderSettings } from './order.service';
import { OrderSettler } from './order.settler';

@Module({})
export class OrderModule {
  static with(settings: OrderSettings): DynamicModule {
    return {
      module: OrderModule,
      controllers: [OrderController],
      providers: [
        { provide: ORDER_SETTINGS, useValue: settings },
        OrderService,
        OrderRepository,
        OrderSettler,
      ],
    };
  }
}
