import { Module } from '@nestjs/common';
import { OrderController } from './order.controller';
import { OrderRepository } from './order.repository';
import { OrderService } from './order.service';
import { OrderSettler } from './order.settler';

@Module({
  controllers: [OrderController],
  providers: [OrderService, OrderRepository, OrderSettler],
})
export class OrderModule {}
