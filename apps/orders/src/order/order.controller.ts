import { Body, Controller, Get, HttpStatus, Param, Post, Query, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';
import { ServiceError } from '@app/errors';
import { ApiProblems, DATABASE_UNAVAILABLE } from '../http/api-problem';
import type { Order, Shortage } from './order';
import { ListOrdersDto, OrderIdDto, pageSizeOf } from './list-orders.dto';
import { OrderDto, OrderPageDto, toOrderDto } from './order.dto';
import { EXAMPLE_ORDER, EXAMPLE_SHORTAGES, orderContent } from './order.examples';
import { OrderService } from './order.service';
import { PlaceOrderDto, toNewOrder } from './place-order.dto';

const RETRY_AFTER_SECONDS = '1';

const BODIES = {
  'one item': { value: { userId: 'u-1', sku: 'burger', quantity: 2, note: 'no onions' } },
  'several items': {
    value: {
      userId: 'u-1',
      items: [
        { sku: 'burger', quantity: 1 },
        { sku: 'pizza', quantity: 2 },
      ],
    },
  },
};

@ApiTags('Orders')
@Controller('v1/orders')
export class OrderController {
  constructor(private readonly orders: OrderService) {}

  /**
   * Place an order
   * @remarks An order has either one item (`sku` and `quantity`) or a list of them (`items`), not
   * both. It is written, and then Inventory is asked to reserve all of it, or nothing. When Inventory
   * does not answer in time (400 ms unless configured otherwise), the order is PENDING and is decided
   * later; look at `Location` to see how it ended.
   */
  @Post()
  @ApiBody({ type: PlaceOrderDto, examples: BODIES })
  @ApiCreatedResponse({
    description: 'CONFIRMED: the items are reserved for this order.',
    headers: { Location: { description: 'Where the order is.', schema: { type: 'string' } } },
    ...orderContent({ status: 'CONFIRMED' }),
  })
  @ApiAcceptedResponse({
    description: 'PENDING: the order is safe, and Inventory has yet to decide it.',
    headers: {
      Location: { description: 'Where to see how it ended.', schema: { type: 'string' } },
      'Retry-After': { description: 'Seconds after which to look.', schema: { type: 'integer' } },
    },
    ...orderContent({ status: 'PENDING' }),
  })
  @ApiProblems(
    '/v1/orders',
    {
      reason: 'INVALID_REQUEST',
      detail: 'quantity must be > 0',
      fields: [{ field: 'quantity', fault: 'must be > 0' }],
    },
    { reason: 'MALFORMED_JSON', detail: 'The body is not valid JSON, or not complete.' },
    {
      reason: 'INSUFFICIENT_STOCK',
      detail: 'Not enough stock: burger (4 requested, 3 available).',
      facts: { orderId: EXAMPLE_ORDER.id, shortages: EXAMPLE_SHORTAGES },
    },
    {
      reason: 'ORDER_CANCELLED',
      detail: `Order ${EXAMPLE_ORDER.id} was cancelled before its stock could be reserved.`,
      facts: { orderId: EXAMPLE_ORDER.id },
    },
    {
      reason: 'PAYLOAD_TOO_LARGE',
      detail: 'The body is larger than 100 kB; send fewer items.',
    },
    {
      reason: 'UNSUPPORTED_MEDIA_TYPE',
      detail: 'Send the body as Content-Type: application/json.',
    },
    {
      reason: 'OVERLOADED',
      detail: 'Too many new orders wait (4096). Nothing was done; try again later.',
    },
    DATABASE_UNAVAILABLE,
  )
  async place(
    @Body() body: PlaceOrderDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<OrderDto> {
    const order = await this.orders.place(toNewOrder(body));
    response.location(`/v1/orders/${order.id}`);
    if (order.status === 'CANCELLED') throw cancelled(order);
    if (order.status === 'PENDING') {
      response.status(HttpStatus.ACCEPTED).setHeader('Retry-After', RETRY_AFTER_SECONDS);
    }
    return toOrderDto(order);
  }

  /**
   * List orders
   * @remarks Newest first, page by page. Orders that come in while you read do not shift the pages.
   */
  @Get()
  @ApiOkResponse({
    type: OrderPageDto,
    description: 'A page of orders. Empty where none matches.',
  })
  @ApiProblems(
    '/v1/orders?limit=0',
    {
      reason: 'INVALID_REQUEST',
      detail: 'limit must be a whole number from 1 to 100',
      fields: [{ field: 'limit', fault: 'must be a whole number from 1 to 100' }],
    },
    DATABASE_UNAVAILABLE,
  )
  async list(@Query() query: ListOrdersDto): Promise<OrderPageDto> {
    const { userId, status, sku, cursor } = query;
    const filter = { userId, status, sku, before: cursor, limit: pageSizeOf(query) };
    const page = await this.orders.list(filter);
    return { orders: page.orders.map(toOrderDto), nextCursor: page.next ?? null };
  }

  /**
   * Look at one order
   * @remarks Gives the order as it stands now. Take an `id` from an order that was placed or listed.
   */
  @Get(':id')
  @ApiOkResponse({
    description: 'The order as it stands now.',
    ...orderContent(
      { status: 'CONFIRMED' },
      { status: 'CANCELLED', cancelReason: 'INSUFFICIENT_STOCK', shortages: EXAMPLE_SHORTAGES },
    ),
  })
  @ApiProblems(
    `/v1/orders/${EXAMPLE_ORDER.id}`,
    {
      reason: 'INVALID_REQUEST',
      detail: 'id must be a UUID, as POST /v1/orders answered it',
      fields: [{ field: 'id', fault: 'must be a UUID, as POST /v1/orders answered it' }],
    },
    { reason: 'ORDER_NOT_FOUND', detail: `There is no order ${EXAMPLE_ORDER.id}.` },
    DATABASE_UNAVAILABLE,
  )
  async get(@Param() { id }: OrderIdDto): Promise<OrderDto> {
    return toOrderDto(await this.orders.get(id));
  }
}

const inWords = ({ sku, requested, available, reason }: Shortage): string =>
  reason === 'UNKNOWN_SKU'
    ? `${sku} (not a known SKU)`
    : `${sku} (${requested} requested, ${available} available)`;

const cancelled = ({ id, cancelReason, shortages }: Order): ServiceError => {
  if (cancelReason !== 'INSUFFICIENT_STOCK') {
    const message = `Order ${id} was cancelled before its stock could be reserved.`;
    return new ServiceError('ORDER_CANCELLED', message, { facts: { orderId: id } });
  }
  return new ServiceError(
    'INSUFFICIENT_STOCK',
    `Not enough stock: ${shortages.map(inWords).join(', ')}.`,
    { facts: { orderId: id, shortages } },
  );
};
