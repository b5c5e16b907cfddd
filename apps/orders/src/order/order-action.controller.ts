import {
  Controller,
  Headers,
  HttpCode,
  HttpStatus,
  Inject,
  Param,
  Post,
  Res,
} from '@nestjs/common';
import { ApiAcceptedResponse, ApiExcludeEndpoint, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { ApiProblems, DATABASE_UNAVAILABLE, OVERLOADED } from '../http/api-problem';
import { ApiTimeoutHeader } from '../http/api-timeout';
import { OrderIdDto } from './list-orders.dto';
import { isUnfinished, type Order } from './order';
import { type OrderDto, toOrderDto } from './order.dto';
import { EXAMPLE_ORDER, orderContent } from './order.examples';
import { conflict, INVALID_ID, NOT_FOUND } from './order.problems';
import { OrderService } from './order.service';
import { deadlineOf, REQUEST_TIMEOUT_MS } from './request-headers';

/** What can be asked of an order that is there. Each is safe to repeat. */
@ApiTags('Orders')
@Controller('v1/orders/:id')
export class OrderActionController {
  constructor(
    private readonly orders: OrderService,
    @Inject(REQUEST_TIMEOUT_MS) private readonly timeoutMs: number,
  ) {}

  /**
   * Cancel an order
   * @remarks Gives its units back. Possible until it is being fulfilled. It is CANCELLED once
   * Inventory has recorded that, and CANCELLING until then, which needs nobody's help.
   */
  @Post('cancel')
  @HttpCode(HttpStatus.OK)
  @ApiTimeoutHeader()
  @ApiOkResponse({
    description: 'CANCELLED: nothing is held for it any more.',
    ...orderContent({ status: 'CANCELLED', cancelReason: 'REQUESTED' }),
  })
  @ApiAcceptedResponse({
    description: 'CANCELLING: it will be CANCELLED.',
    ...orderContent({ status: 'CANCELLING', cancelReason: 'REQUESTED' }),
  })
  @ApiProblems(
    `/v1/orders/${EXAMPLE_ORDER.id}/cancel`,
    INVALID_ID,
    NOT_FOUND,
    conflict('FULFILLED', 'cancel', []),
    OVERLOADED,
    DATABASE_UNAVAILABLE,
  )
  async cancel(
    @Param() { id }: OrderIdDto,
    @Headers('Request-Timeout-Ms') timeout: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<OrderDto> {
    return answer(await this.orders.cancel(id, deadlineOf(timeout, this.timeoutMs)), response);
  }

  /**
   * Fulfill an order
   * @remarks Its units leave the stock. Possible once it is CONFIRMED. It is FULFILLED once Inventory
   * has recorded that, and FULFILLING until then, which needs nobody's help, unless its units turn out
   * to be missing.
   */
  @Post('fulfill')
  @HttpCode(HttpStatus.OK)
  @ApiTimeoutHeader()
  @ApiOkResponse({
    description: 'FULFILLED: its units have left.',
    ...orderContent({ status: 'FULFILLED' }),
  })
  @ApiAcceptedResponse({
    description: 'FULFILLING: its units may leave, and may have left.',
    ...orderContent({ status: 'FULFILLING' }),
  })
  @ApiProblems(
    `/v1/orders/${EXAMPLE_ORDER.id}/fulfill`,
    INVALID_ID,
    NOT_FOUND,
    conflict('PENDING', 'fulfill', ['cancel']),
    OVERLOADED,
    DATABASE_UNAVAILABLE,
  )
  async fulfill(
    @Param() { id }: OrderIdDto,
    @Headers('Request-Timeout-Ms') timeout: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<OrderDto> {
    return answer(await this.orders.fulfill(id, deadlineOf(timeout, this.timeoutMs)), response);
  }

  /** The path before it was spelled `fulfill`. Works the same and is not documented. */
  @Post('fulfil')
  @HttpCode(HttpStatus.OK)
  @ApiExcludeEndpoint()
  fulfil(
    @Param() params: OrderIdDto,
    @Headers('Request-Timeout-Ms') timeout: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<OrderDto> {
    return this.fulfill(params, timeout, response);
  }

  /**
   * Retry an order
   * @remarks Drives an unfinished order (PENDING, CANCELLING or FULFILLING) on at once. Only one that
   * is parked (`parkedAt`) needs that.
   */
  @Post('retry')
  @HttpCode(HttpStatus.OK)
  @ApiTimeoutHeader()
  @ApiOkResponse({
    description: 'It is unfinished no longer.',
    ...orderContent({ status: 'FULFILLED' }),
  })
  @ApiAcceptedResponse({
    description: 'It is still unfinished, and is tried again by itself.',
    ...orderContent({ status: 'FULFILLING' }),
  })
  @ApiProblems(
    `/v1/orders/${EXAMPLE_ORDER.id}/retry`,
    INVALID_ID,
    NOT_FOUND,
    conflict('CONFIRMED', 'retry', ['cancel', 'fulfill']),
    OVERLOADED,
    DATABASE_UNAVAILABLE,
  )
  async retry(
    @Param() { id }: OrderIdDto,
    @Headers('Request-Timeout-Ms') timeout: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<OrderDto> {
    return answer(await this.orders.retry(id, deadlineOf(timeout, this.timeoutMs)), response);
  }
}

/** 200 for an order that has come to rest, 202 for one that has not. */
const answer = (order: Order, response: Response): OrderDto => {
  if (isUnfinished(order)) response.status(HttpStatus.ACCEPTED);
  return toOrderDto(order);
};
