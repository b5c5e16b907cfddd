import { Inject, Injectable, type Type } from '@nestjs/common';
import { RequestValidationPipe } from '@app/errors';
import {
  CommandDelayed,
  type CommandHandler,
  type IncomingMessage,
  parseCommand,
} from '@app/events';
import { ORDER_OPTIONS, type OrderOptions } from '../order/order-options';
import { OrderService } from '../order/order.service';
import { FOR_ANY_CUSTOMER } from '../order/requester';
import { PlaceOrderDto, toNewOrder } from '../order/place-order.dto';
import { mayBecomeAllowed, type OrderCommand, toOrderCommand } from './order-command';
import { OrderReferenceDto } from './order-command.dto';

/** Maps messages to the use cases of orders, so the same rules hold as for the API. Contains no rules. */
@Injectable()
export class OrderCommandConsumer implements CommandHandler {
  private readonly validation = new RequestValidationPipe();

  constructor(
    private readonly orders: OrderService,
    @Inject(ORDER_OPTIONS) private readonly options: OrderOptions,
  ) {}

  /**
   * Carries out a command. An order that Inventory has not decided, or has decided to reject, is a result:
   * an event tells the sender.
   */
  async handle(message: IncomingMessage): Promise<void> {
    const command = toOrderCommand(parseCommand(message));
    try {
      await this.carryOut(command);
    } catch (error) {
      if (!mayBecomeAllowed(command.type, error)) throw error;
      throw new CommandDelayed((error as Error).message, { cause: error });
    }
  }

  private async carryOut({ commandId, type, body }: OrderCommand): Promise<void> {
    const deadline = new Date(Date.now() + this.options.requestTimeoutMs);
    if (type === 'place') {
      const order = await this.validate(PlaceOrderDto, body);
      await this.orders.place(toNewOrder(order, commandId), deadline, FOR_ANY_CUSTOMER);
      return;
    }
    const { orderId } = await this.validate(OrderReferenceDto, body);
    if (type === 'cancel') await this.orders.cancel(orderId, deadline, FOR_ANY_CUSTOMER);
    else await this.orders.fulfill(orderId, deadline, FOR_ANY_CUSTOMER);
  }

  private async validate<Dto>(metatype: Type<Dto>, body: OrderCommand['body']): Promise<Dto> {
    return (await this.validation.transform(body, { type: 'body', metatype })) as Dto;
  }
}
