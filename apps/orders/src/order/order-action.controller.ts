import {
  Body,
  Controller,
  Headers,
  HttpCode,
  HttpStatus,
  Inject,
  Param,
  Patch,
  Post,
  Res,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiExcludeEndpoint,
  ApiOkResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';
import { databaseUnavailable } from '@app/postgres';
import { Allow } from '../access/allow.decorator';
import { AuditedAs } from '../audit/audited-as.decorator';
import { ApiProblems } from '../http/api-problem';
import { ApiTimeoutHeader } from '../http/api-timeout';
import { overloaded } from '../http/http-errors';
import { OrderIdDto } from './list-orders.dto';
import { isUnfinished, type Order } from './order';
import { type OrderDto, toOrderDto } from './order.dto';
import { EXAMPLE_ORDER, EXAMPLE_REDUCTION, orderContent } from './order.examples';
import {
  invalidOrderId,
  MIN_RETRY_INTERVAL_MS,
  orderNotFound,
  orderStateConflict,
  retriedRecently,
} from './order-errors';
import { ORDER_OPTIONS, type OrderOptions } from './order-options';
import { OrderService } from './order.service';
import { ReduceOrderDto } from './reduce-order.dto';
import { nothingLeft, quantityIncreased, reducedTooOften } from './reduction-errors';
import { parseDeadline } from './request-headers';
import type { Requester } from './requester';
import { RequestedBy } from './requester.decorator';

const { id } = EXAMPLE_ORDER;

/** They fit the orders of the examples of `POST /v1/orders`. */
const REDUCTIONS = {
  'fewer units': { value: { items: [{ sku: 'fries', quantity: 1 }] } },
  'without one SKU': { value: { items: [{ sku: 'cola', quantity: 0 }] } },
};
const COMMON_ERRORS = [invalidOrderId(), orderNotFound(id), overloaded(), databaseUnavailable()];

/** The requests that change an order. Each is safe to repeat. */
@ApiTags('Orders')
@Controller('v1/orders/:id')
export class OrderActionController {
  constructor(
    private readonly orders: OrderService,
    @Inject(ORDER_OPTIONS) private readonly options: OrderOptions,
  ) {}

  /**
   * Reduce an order
   * @remarks Reduces quantities or cancels single SKUs of a CONFIRMED order. `items` names the units that the
   * order keeps of each SKU that changes; 0 cancels the SKU. The other units are available again. The
   * order is REDUCING until Inventory has recorded that, and then CONFIRMED; if Inventory does not respond
   * in time, Orders retries by itself.
   *
   * The request names what remains, so it can be repeated. It cannot add units, nor cancel all of them
   * (use `POST …/cancel`). An order can be reduced 5 times.
   */
  @Allow('customer', 'staff')
  @Patch()
  @ApiTimeoutHeader()
  @ApiBody({ type: ReduceOrderDto, examples: REDUCTIONS })
  @ApiOkResponse({
    description: 'CONFIRMED: the order has these units, and the others are available again.',
    ...orderContent({ status: 'CONFIRMED', ...EXAMPLE_REDUCTION }),
  })
  @ApiAcceptedResponse({
    description: 'REDUCING: the order has these units, and the others will be available again.',
    ...orderContent({ status: 'REDUCING', ...EXAMPLE_REDUCTION }),
  })
  @ApiProblems(
    `/v1/orders/${id}`,
    orderStateConflict({ id, status: 'PENDING' }, 'reduce'),
    quantityIncreased({ id }, [{ sku: 'burger', requested: 5, present: 4 }]),
    nothingLeft({ id }),
    reducedTooOften({ id }),
    ...COMMON_ERRORS,
  )
  async reduceOrder(
    @Param() { id }: OrderIdDto,
    @Body() { items }: ReduceOrderDto,
    @Headers('Request-Timeout-Ms') timeout: string | undefined,
    @RequestedBy() by: Requester,
    @Res({ passthrough: true }) response: Response,
  ): Promise<OrderDto> {
    return respond(await this.orders.reduce(id, items, this.deadline(timeout), by), response);
  }

  /**
   * Cancel an order
   * @remarks Releases its units. Allowed until the order is being fulfilled. The order is CANCELLING
   * until Inventory has recorded the release, and then CANCELLED. If Inventory does not respond in
   * time, Orders retries by itself.
   */
  @Allow('customer', 'staff')
  @Post('cancel')
  @HttpCode(HttpStatus.OK)
  @ApiTimeoutHeader()
  @ApiOkResponse({
    description: 'CANCELLED: Inventory holds no units for the order.',
    ...orderContent({ status: 'CANCELLED', cancelReason: 'REQUESTED' }),
  })
  @ApiAcceptedResponse({
    description: 'CANCELLING: the order will be CANCELLED.',
    ...orderContent({ status: 'CANCELLING', cancelReason: 'REQUESTED' }),
  })
  @ApiProblems(
    `/v1/orders/${id}/cancel`,
    orderStateConflict({ id, status: 'FULFILLED' }, 'cancel'),
    ...COMMON_ERRORS,
  )
  async cancelOrder(
    @Param() { id }: OrderIdDto,
    @Headers('Request-Timeout-Ms') timeout: string | undefined,
    @RequestedBy() by: Requester,
    @Res({ passthrough: true }) response: Response,
  ): Promise<OrderDto> {
    return respond(await this.orders.cancel(id, this.deadline(timeout), by), response);
  }

  /**
   * Fulfill an order
   * @remarks Takes its units out of the stock. Allowed once the order is CONFIRMED. The order is
   * FULFILLING until Inventory has recorded that, and then FULFILLED. If Inventory does not respond in
   * time, Orders retries by itself; if units are missing from the stock, the order is parked.
   */
  @Allow('staff')
  @Post('fulfill')
  @HttpCode(HttpStatus.OK)
  @ApiTimeoutHeader()
  @ApiOkResponse({
    description: 'FULFILLED: its units have left the stock.',
    ...orderContent({ status: 'FULFILLED' }),
  })
  @ApiAcceptedResponse({
    description: 'FULFILLING: its units may have left the stock.',
    ...orderContent({ status: 'FULFILLING' }),
  })
  @ApiProblems(
    `/v1/orders/${id}/fulfill`,
    orderStateConflict({ id, status: 'PENDING' }, 'fulfill'),
    ...COMMON_ERRORS,
  )
  async fulfillOrder(
    @Param() { id }: OrderIdDto,
    @Headers('Request-Timeout-Ms') timeout: string | undefined,
    @RequestedBy() by: Requester,
    @Res({ passthrough: true }) response: Response,
  ): Promise<OrderDto> {
    return respond(await this.orders.fulfill(id, this.deadline(timeout), by), response);
  }

  /** The path before it was spelled `fulfill`. Works the same and is not documented. */
  @Allow('staff')
  @Post('fulfil')
  @HttpCode(HttpStatus.OK)
  @ApiExcludeEndpoint()
  @AuditedAs('fulfillOrder')
  fulfilOrder(
    @Param() params: OrderIdDto,
    @Headers('Request-Timeout-Ms') timeout: string | undefined,
    @RequestedBy() by: Requester,
    @Res({ passthrough: true }) response: Response,
  ): Promise<OrderDto> {
    return this.fulfillOrder(params, timeout, by, response);
  }

  /**
   * Retry an order
   * @remarks Repeats the call to Inventory that an unfinished order (PENDING, CANCELLING or FULFILLING)
   * is waiting for, now. Only a parked order (one with `parkedAt`) needs this. It is no longer parked
   * then: if the call fails, Orders retries by itself again. An order can be retried every 5 s.
   */
  @Allow('staff')
  @Post('retry')
  @HttpCode(HttpStatus.OK)
  @ApiTimeoutHeader()
  @ApiOkResponse({
    description: 'The order is finished or CONFIRMED.',
    ...orderContent({ status: 'FULFILLED' }),
  })
  @ApiAcceptedResponse({
    description: 'The order is still unfinished, and Orders retries by itself.',
    ...orderContent({ status: 'FULFILLING' }),
  })
  @ApiProblems(
    `/v1/orders/${id}/retry`,
    orderStateConflict({ id, status: 'CONFIRMED' }, 'retry'),
    retriedRecently(id, MIN_RETRY_INTERVAL_MS),
    ...COMMON_ERRORS,
  )
  async retryOrder(
    @Param() { id }: OrderIdDto,
    @Headers('Request-Timeout-Ms') timeout: string | undefined,
    @RequestedBy() by: Requester,
    @Res({ passthrough: true }) response: Response,
  ): Promise<OrderDto> {
    return respond(await this.orders.retry(id, this.deadline(timeout), by), response);
  }

  private deadline(timeout: string | undefined): Date {
    return parseDeadline(timeout, this.options.requestTimeoutMs);
  }
}

/** 200 for a finished or CONFIRMED order, 202 for an unfinished one. */
const respond = (order: Order, response: Response): OrderDto => {
  if (isUnfinished(order)) response.status(HttpStatus.ACCEPTED);
  return toOrderDto(order);
};
