import { Body, Controller, type DynamicModule, Module, Post } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { PlaceOrderDto } from '../../apps/orders/src/order/place-order.dto';
import { httpBaseline } from './http-baseline';
import { answerOf, confirmedOrder } from './new-order';
import { BaselineOrder } from './order.entity';
import { baselineDatabase } from './baseline-database';
import type { BaselineSettings } from './baseline-settings';
import type { StartedBaseline } from './started-baseline';

/** One INSERT per request and nothing else, which every durable service over HTTP needs. */
@Controller('v1/orders')
class InsertOnlyController {
  constructor(private readonly dataSource: DataSource) {}

  @Post()
  async place(@Body() body: PlaceOrderDto): Promise<ReturnType<typeof answerOf>> {
    const order = confirmedOrder(body);
    const { id, userId, sku, quantity, note, status, createdAt } = order;
    await this.dataSource.query(
      `insert into orders (id, user_id, sku, quantity, note, status, created_at)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [id, userId, sku, quantity, note, status, createdAt],
    );
    return answerOf(order);
  }
}

@Module({})
class InsertOnlyModule {
  static with({ databaseUrl: url, log }: BaselineSettings): DynamicModule {
    return {
      module: InsertOnlyModule,
      controllers: [InsertOnlyController],
      imports: [log.module, baselineDatabase(url, BaselineOrder)],
    };
  }
}

export const insertOnly = (settings: BaselineSettings): Promise<StartedBaseline> =>
  httpBaseline(InsertOnlyModule.with(settings), settings);
