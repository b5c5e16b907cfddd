import { Body, Controller, type DynamicModule, Module, Post } from '@nestjs/common';
import { PlaceOrderDto } from '../../apps/orders/src/order/place-order.dto';
import { httpBaseline } from './http-baseline';
import { answerOf, confirmedOrder } from './new-order';
import type { BaselineSettings } from './baseline-settings';
import type { StartedBaseline } from './started-baseline';

/** Stores nothing: the cost of HTTP alone, a lower bound for every service on it. */
@Controller('v1/orders')
class AnswerOnlyController {
  @Post()
  place(@Body() body: PlaceOrderDto): ReturnType<typeof answerOf> {
    return answerOf(confirmedOrder(body));
  }
}

@Module({})
class AnswerOnlyModule {
  static with({ log }: BaselineSettings): DynamicModule {
    return {
      module: AnswerOnlyModule,
      controllers: [AnswerOnlyController],
      imports: [log.module],
    };
  }
}

export const answerOnly = (settings: BaselineSettings): Promise<StartedBaseline> =>
  httpBaseline(AnswerOnlyModule.with(settings), settings);
