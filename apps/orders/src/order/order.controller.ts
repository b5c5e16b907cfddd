import {
  Body,
  Controller,
  Get,
  Headers,
  HttpStatus,
  Inject,
  Param,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiCreatedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';
import {
  ApiProblems,
  DATABASE_UNAVAILABLE,
  type ProblemExample,
  OVERLOADED,
} from '../http/api-problem';
import { ApiTimeoutHeader } from '../http/api-timeout';
import { DEFAULT_PAGE_SIZE } from '../http/page-size';
import { ListOrdersDto, OrderIdDto } from './list-orders.dto';
import { OrderDto, OrderPageDto, toOrderDto } from './order.dto';
import { EXAMPLE_ORDER, EXAMPLE_SHORTAGES, orderContent } from './order.examples';
import { cancelled, wasRefused } from './order-answers';
import { INVALID_ID, NOT_FOUND } from './order.problems';
import { OrderService } from './order.service';
import { deadlineOf, idempotencyKeyOf, REQUEST_TIMEOUT_MS } from './request-headers';
import { PlaceOrderDto, toNewOrder } from './place-order.dto';

const RETRY_AFTER_SECONDS = '1';

const LOCATION = { description: 'Where the order is.', schema: { type: 'string' } } as const;
const REPLAYED = {
  description: '`true` where the key was used before: this is the order that it stands for.',
  schema: { type: 'string' },
} as const;

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

const PLACE_PROBLEMS: readonly ProblemExample[] = [
  {
    reason: 'INVALID_REQUEST',
    detail: 'quantity must be > 0',
    fields: [{ field: 'quantity', fault: 'must be > 0' }],
  },
  { reason: 'MALFORMED_JSON', detail: 'The body is not valid JSON, or is incomplete.' },
  {
    reason: 'INSUFFICIENT_STOCK',
    detail: 'Not enough stock: burger (4 requested, 3 available).',
    metadata: { orderId: EXAMPLE_ORDER.id, shortages: EXAMPLE_SHORTAGES },
  },
  {
    reason: 'ORDER_CANCELLED',
    detail: `Order ${EXAMPLE_ORDER.id} was cancelled (ACCEPT_BY_PASSED).`,
    metadata: { orderId: EXAMPLE_ORDER.id, cancelReason: 'ACCEPT_BY_PASSED' },
  },
  {
    reason: 'IDEMPOTENCY_KEY_REUSED',
    detail: `Idempotency-Key "k-1" stands for order ${EXAMPLE_ORDER.id}, which is for something else. Use a new key for a new order.`,
    metadata: { orderId: EXAMPLE_ORDER.id },
  },
  {
    reason: 'PAYLOAD_TOO_LARGE',
    detail: 'The body is larger than 100 kB; send fewer items.',
  },
  {
    reason: 'UNSUPPORTED_MEDIA_TYPE',
    detail: 'Send the body as Content-Type: application/json.',
  },
  OVERLOADED,
  DATABASE_UNAVAILABLE,
];

@ApiTags('Orders')
@Controller('v1/orders')
export class OrderController {
  constructor(
    private readonly orders: OrderService,
    @Inject(REQUEST_TIMEOUT_MS) private readonly timeoutMs: number,
  ) {}

  /**
   * Place an order
   * @remarks An order has either one item (`sku` and `quantity`) or a list of them (`items`), not
   * both. It is written, and then Inventory is asked to reserve all of it, or nothing. When Inventory
   * does not answer in time (400 ms unless configured otherwise), the order is PENDING and is decided
   * later; look at `Location` to see how it ended.
   *
   * With an `Idempotency-Key`, the same request can be sent again, at once or at any later time, until
   * there is an answer: all of them are about one order. Without one, each request is an order of its
   * own.
   */
  @Post()
  @ApiHeader({
    name: 'Idempotency-Key',
    description:
      "Your own name for this order, unique among the customer's: 1 to 255 printable characters, " +
      'such as the UUID 8e03978e-40d5-43dd-bc93-6894a57f9324. Remembered for as long as the order.',
    required: false,
  })
  @ApiTimeoutHeader()
  @ApiBody({ type: PlaceOrderDto, examples: BODIES })
  @ApiCreatedResponse({
    description:
      'CONFIRMED: the items are reserved for this order. Repeated under its key, the order is told ' +
      'as it stands now, which may be further on.',
    headers: { Location: LOCATION, 'Idempotent-Replayed': REPLAYED },
    ...orderContent({ status: 'CONFIRMED' }),
  })
  @ApiAcceptedResponse({
    description: 'PENDING: the order is safe, and Inventory has yet to decide it.',
    headers: {
      Location: LOCATION,
      'Idempotent-Replayed': REPLAYED,
      'Retry-After': { description: 'Seconds after which to look.', schema: { type: 'integer' } },
    },
    ...orderContent({ status: 'PENDING' }),
  })
  @ApiProblems('/v1/orders', ...PLACE_PROBLEMS)
  async place(
    @Body() body: PlaceOrderDto,
    @Headers('Idempotency-Key') key: string | undefined,
    @Headers('Request-Timeout-Ms') timeout: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<OrderDto> {
    const deadline = deadlineOf(timeout, this.timeoutMs);
    const wanted = toNewOrder(body, idempotencyKeyOf(key));
    const { order, isRepeated } = await this.orders.place(wanted, deadline);
    response.setHeader('Location', `/v1/orders/${order.id}`);
    if (isRepeated) response.setHeader('Idempotent-Replayed', 'true');
    if (wasRefused(order)) throw cancelled(order);
    if (order.status === 'PENDING' || order.status === 'CANCELLING') {
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
    OVERLOADED,
    DATABASE_UNAVAILABLE,
  )
  async list(@Query() query: ListOrdersDto): Promise<OrderPageDto> {
    const { userId, status, sku, cursor, limit = DEFAULT_PAGE_SIZE } = query;
    const parked = query.parked === undefined ? undefined : query.parked === 'true';
    const filter = { userId, status, sku, parked, before: cursor, limit };
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
    INVALID_ID,
    NOT_FOUND,
    OVERLOADED,
    DATABASE_UNAVAILABLE,
  )
  async get(@Param() { id }: OrderIdDto): Promise<OrderDto> {
    return toOrderDto(await this.orders.get(id));
  }
}
