import { Body, Controller, Get, HttpStatus, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiCreatedResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { ServiceError } from '@app/errors';
import { ApiProblem } from '../http/api-problem';
import type { Order, Shortage } from './order';
import {
  ListOrdersDto,
  OrderDto,
  OrderIdDto,
  OrderPageDto,
  pageSizeOf,
  PlaceOrderDto,
  toNewOrder,
  toOrderDto,
} from './order.dto';
import { OrderService } from './order.service';

const RETRY_AFTER_SECONDS = '1';

const EXAMPLES = {
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
   * @remarks Writes the order, then asks Inventory to reserve its items: all of them, or none. When
   * Inventory does not answer within 400 ms the order is PENDING and is decided later; look at
   * `Location` to see how it ended.
   */
  @Post()
  @ApiBody({ type: PlaceOrderDto, examples: EXAMPLES })
  @ApiCreatedResponse({
    type: OrderDto,
    description: 'CONFIRMED: the items are reserved for this order.',
    headers: { Location: { description: 'Where the order is.', schema: { type: 'string' } } },
  })
  @ApiAcceptedResponse({
    type: OrderDto,
    description: 'PENDING: the order is safe, and Inventory has yet to decide it.',
    headers: {
      Location: { description: 'Where to see how it ended.', schema: { type: 'string' } },
      'Retry-After': { description: 'Seconds after which to look.', schema: { type: 'integer' } },
    },
  })
  @ApiProblem('INVALID_REQUEST', 'quantity must be > 0', {
    errors: [{ field: 'quantity', detail: 'quantity must be > 0' }],
  })
  @ApiProblem('INSUFFICIENT_STOCK', 'Not enough stock: burger (4 requested, 3 available).', {
    orderId: '01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55',
    shortages: [{ sku: 'burger', requested: 4, available: 3, reason: 'NOT_ENOUGH' }],
  })
  @ApiProblem('PAYLOAD_TOO_LARGE', 'The body is larger than 100 kB; send fewer items.')
  @ApiProblem('UNSUPPORTED_MEDIA_TYPE', 'Send the body as Content-Type: application/json.')
  @ApiProblem('OVERLOADED', 'Too many new orders wait (4096). Nothing was done; try again later.')
  async place(
    @Body() body: PlaceOrderDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<OrderDto> {
    const order = await this.orders.place(toNewOrder(body));
    response.location(`/v1/orders/${order.id}`);
    if (order.status === 'CANCELLED') throw insufficientStock(order);
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
  @ApiProblem('INVALID_REQUEST', 'limit must be a whole number from 1 to 100', {
    errors: [{ field: 'limit', detail: 'limit must be a whole number from 1 to 100' }],
  })
  async list(@Query() query: ListOrdersDto): Promise<OrderPageDto> {
    const { userId, status, sku, cursor } = query;
    const filter = { userId, status, sku, before: cursor, limit: pageSizeOf(query) };
    const page = await this.orders.list(filter);
    return { orders: page.orders.map(toOrderDto), nextCursor: page.next ?? null };
  }

  /**
   * Look at one order
   * @remarks The answer is the order as it stands now.
   */
  @Get(':id')
  @ApiProblem('INVALID_REQUEST', 'id must be a UUID, as POST /v1/orders answered it', {
    errors: [{ field: 'id', detail: 'id must be a UUID, as POST /v1/orders answered it' }],
  })
  @ApiProblem('ORDER_NOT_FOUND', 'There is no order 01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55.')
  async get(@Param() { id }: OrderIdDto): Promise<OrderDto> {
    return toOrderDto(await this.orders.get(id));
  }
}

const inWords = ({ sku, requested, available, reason }: Shortage): string =>
  reason === 'UNKNOWN_SKU'
    ? `${sku} (not a known SKU)`
    : `${sku} (${requested} requested, ${available} available)`;

const insufficientStock = ({ id, shortages }: Order): ServiceError =>
  new ServiceError(
    'INSUFFICIENT_STOCK',
    `Not enough stock: ${shortages.map(inWords).join(', ')}.`,
    { facts: { orderId: id, shortages } },
  );
