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
  type Type,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiCreatedResponse,
  ApiExtraModels,
  ApiHeader,
  ApiOkResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { Response } from 'express';
import type { CancellationSignal } from '@app/batching';
import { quantityFault } from '@app/contracts';
import { ServiceError } from '@app/errors';
import { databaseUnavailable } from '@app/postgres';
import { Allow, OwnUserId } from '../access/allow.decorator';
import { customerOf } from '../access/ownership';
import type { Principal } from '../access/principal';
import { CurrentPrincipal } from '../access/principal.decorator';
import { ApiProblems } from '../http/api-problem';
import { ApiTimeoutHeader } from '../http/api-timeout';
import { Caller } from '../http/caller';
import { publicPrefix } from '../http/forwarded';
import { invalidPageSize, overloaded } from '../http/http-errors';
import { DEFAULT_PAGE_SIZE } from '../http/page-size';
import { StockViewService } from '../stock/stock-view.service';
import { ListOrdersDto, OrderIdDto, toOrderFilter } from './list-orders.dto';
import { hasPlacementFailed } from './order';
import { OrderDto, OrderPageDto, toOrderDto } from './order.dto';
import { EXAMPLE_ORDER, EXAMPLE_SHORTAGES, EXAMPLE_UNKNOWN, orderContent } from './order.examples';
import {
  idempotencyKeyReused,
  invalidOrderId,
  orderNotFound,
  placementFailed,
} from './order-errors';
import { ORDER_OPTIONS, type OrderOptions } from './order-options';
import { OrderService } from './order.service';
import { ItemsOrderDto, OneItemOrderDto, PlaceOrderDto, toNewOrder } from './place-order.dto';
import type { Requester } from './requester';
import { RequestedBy } from './requester.decorator';
import { KEY, parseDeadline, parseIdempotencyKey } from './request-headers';

const RETRY_AFTER_SECONDS = '1';

const LOCATION = {
  description: 'The path of the order, below the prefix of a trusted proxy.',
  schema: { type: 'string' },
} as const;
const REPLAYED = {
  description: '`true` when the key was used before: this is the order it belongs to.',
  schema: { type: 'string' },
} as const;

/** SKUs of which `npm start` has hundreds, so that they can be ordered again and again. */
const BODIES = {
  'one item': {
    value: {
      ...{ userId: 'u-1', sku: 'fries', quantity: 2, note: 'no salt' },
      ...{ externalId: EXAMPLE_ORDER.externalId, metadata: EXAMPLE_ORDER.metadata },
    },
  },
  'several items': {
    value: {
      userId: 'u-1',
      items: [
        { sku: 'fries', quantity: 1 },
        { sku: 'cola', quantity: 2 },
      ],
    },
  },
};

const refTo = (dto: Type) => ({ $ref: getSchemaPath(dto) });

const { id } = EXAMPLE_ORDER;

const PLACE_ERRORS: readonly ServiceError[] = [
  ServiceError.invalid([{ field: 'quantity', fault: quantityFault(0) ?? '' }]),
  placementFailed({ id, cancelReason: 'INSUFFICIENT_STOCK', shortages: EXAMPLE_SHORTAGES }),
  placementFailed(
    { id, cancelReason: 'INSUFFICIENT_STOCK', shortages: EXAMPLE_UNKNOWN },
    () => 'burger',
  ),
  placementFailed({ id, cancelReason: 'ACCEPT_BY_PASSED', shortages: [] }),
  idempotencyKeyReused({ id, idempotencyKey: 'k-1' }),
  overloaded(),
  databaseUnavailable(),
];

@ApiTags('Orders')
@Controller('v1/orders')
export class OrderController {
  constructor(
    private readonly orders: OrderService,
    private readonly stock: StockViewService,
    @Inject(ORDER_OPTIONS) private readonly options: OrderOptions,
  ) {}

  /**
   * Place an order
   * @remarks An order has one item (`sku` and `quantity`) or a list of 1 to 100 items (`items`), not
   * both. Orders writes it and then asks Inventory to reserve all of it, or nothing. If Inventory does
   * not respond in time (400 ms unless configured otherwise), the order is PENDING and is decided
   * later: read it at its `Location`, or follow its events.
   *
   * With an `Idempotency-Key` the same request can be repeated, at once or at any later time: all of
   * the requests are about one order. Without a key, each request places an order.
   */
  @Allow('customer', 'staff')
  @OwnUserId()
  @Post()
  @ApiHeader({
    name: 'Idempotency-Key',
    description:
      "Your own name for this order, unique among the customer's orders that you place: 1 to 255 printable " +
      'ASCII characters, such as the UUID 8e03978e-40d5-43dd-bc93-6894a57f9324. May be in quotes. Stored ' +
      'as long as the order.',
    required: false,
    schema: { type: 'string', pattern: KEY.source },
  })
  @ApiTimeoutHeader()
  @ApiExtraModels(OneItemOrderDto, ItemsOrderDto)
  @ApiBody({ schema: { oneOf: [refTo(OneItemOrderDto), refTo(ItemsOrderDto)] }, examples: BODIES })
  @ApiCreatedResponse({
    description:
      'CONFIRMED: the items are reserved for this order. A request with a key that was used before ' +
      'returns the order in its current status, which may be a later one.',
    headers: { Location: LOCATION, 'Idempotent-Replayed': REPLAYED },
    ...orderContent({ status: 'CONFIRMED' }),
  })
  @ApiAcceptedResponse({
    description: 'PENDING: the order is stored, and Inventory has not decided it yet.',
    headers: {
      Location: LOCATION,
      'Idempotent-Replayed': REPLAYED,
      'Retry-After': {
        description: 'Seconds to wait before reading the order.',
        schema: { type: 'integer' },
      },
    },
    ...orderContent({ status: 'PENDING' }),
  })
  @ApiProblems('/v1/orders', ...PLACE_ERRORS)
  async placeOrder(
    @Body() body: PlaceOrderDto,
    @Headers('Idempotency-Key') key: string | undefined,
    @Headers('Request-Timeout-Ms') timeout: string | undefined,
    @RequestedBy() by: Requester,
    @Res({ passthrough: true }) response: Response,
  ): Promise<OrderDto> {
    const deadline = parseDeadline(timeout, this.options.requestTimeoutMs);
    const request = toNewOrder(body, parseIdempotencyKey(key));
    const { order, isRepeated } = await this.orders.place(request, deadline, by);
    response.setHeader('Location', `${publicPrefix(response.req)}/v1/orders/${order.id}`);
    if (isRepeated) response.setHeader('Idempotent-Replayed', 'true');
    if (hasPlacementFailed(order)) {
      throw placementFailed(order, (sku) => this.stock.findSimilarSku(sku));
    }
    if (order.status === 'PENDING' || order.status === 'CANCELLING') {
      response.status(HttpStatus.ACCEPTED).setHeader('Retry-After', RETRY_AFTER_SECONDS);
    }
    return toOrderDto(order);
  }

  /**
   * List orders
   * @remarks Newest first (or with `direction=asc` oldest first), page by page. Orders that are placed while
   * you read do not shift the pages. All filters can be combined.
   *
   * With `updatedSince` the list is sorted by the last change of each order. An order that changes while you
   * read moves to the newest end. To repeat what has changed since, read with `direction=asc`, and pass as
   * `updatedSince` of the next round a time 30 s before this round began.
   *
   * A page ends early if it would exceed 256 kB, or after a look at 2,000 orders. It then has fewer
   * orders than `limit`, even none, and a `nextCursor`. Only `nextCursor: null` marks the last page.
   */
  @Allow('customer', 'staff')
  @Get()
  @ApiOkResponse({
    type: OrderPageDto,
    description: 'A page of orders. Empty if no order matches.',
  })
  @ApiProblems('/v1/orders?limit=0', invalidPageSize(), overloaded(), databaseUnavailable())
  async listOrders(
    @Query() query: ListOrdersDto,
    @CurrentPrincipal() principal: Principal,
    @Caller() signal: CancellationSignal,
  ): Promise<OrderPageDto> {
    const userId = customerOf(principal, query.userId);
    const filter = { ...toOrderFilter(query, DEFAULT_PAGE_SIZE), userId };
    const page = await this.orders.list(filter, { signal });
    return { orders: page.items.map(toOrderDto), nextCursor: page.next ?? null };
  }

  /**
   * Read one order
   * @remarks Returns the order in its current status. `id` is the id of an order that was placed or
   * listed.
   */
  @Allow('customer', 'staff')
  @Get(':id')
  @ApiOkResponse({
    description: 'The order in its current status.',
    ...orderContent(
      { status: 'CONFIRMED' },
      { status: 'CANCELLED', cancelReason: 'INSUFFICIENT_STOCK', shortages: EXAMPLE_SHORTAGES },
    ),
  })
  @ApiProblems(
    `/v1/orders/${id}`,
    invalidOrderId(),
    orderNotFound(id),
    overloaded(),
    databaseUnavailable(),
  )
  async getOrder(
    @Param() { id }: OrderIdDto,
    @RequestedBy() by: Requester,
    @Caller() signal: CancellationSignal,
  ): Promise<OrderDto> {
    return toOrderDto(await this.orders.get(id, by, { signal }));
  }
}
