import { Body, Controller, type DynamicModule, Module, Post } from '@nestjs/common';
import { PlaceOrderDto } from '../../apps/orders/src/order/place-order.dto';
import { httpPeer } from './http-peer';
import { answerOf, confirmedOrder } from './new-order';
import type { PeerSettings } from './peer-settings';
import type { StartedPeer } from './started-peer';

/** Stores nothing at all: what the HTTP alone costs, which no service on it can undercut. */
@Controller('v1/orders')
class AnswerOnlyController {
  @Post()
  place(@Body() body: PlaceOrderDto): ReturnType<typeof answerOf> {
    return answerOf(confirmedOrder(body));
  }
}

@Module({})
class AnswerOnlyModule {
  static with({ log }: PeerSettings): DynamicModule {
    return {
      module: AnswerOnlyModule,
      controllers: [AnswerOnlyController],
      imports: [log.module],
    };
  }
}

export const answerOnly = (settings: PeerSettings): Promise<StartedPeer> =>
  httpPeer(AnswerOnlyModule.with(settings), settings);
