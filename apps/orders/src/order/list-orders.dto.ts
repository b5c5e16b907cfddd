import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsOptional, isUUID, ValidateBy } from 'class-validator';
import { IsSku, IsStorableText, SKU_SCHEMA, TEXT_PATTERN } from '@app/contracts';
import { IsId } from '../http/id';
import { IsPageSize, PAGE_SIZE } from '../http/page-size';
import { splitList } from '../http/query-list';
import { IsQueryTime, IsQueryTimeAfter } from '../http/query-time';
import { ORDER_STATUSES, type OrderStatus } from './lifecycle';
import { ORDER_ID_FAULT } from './order-errors';
import { DIRECTIONS, type Direction } from './order-lists';
import { isUpdateCursor } from './order-positions';
import type { OrderFilter } from './order-read.repository';

const TIME = { format: 'date-time' };

export class OrderIdDto {
  /**
   * The order's id, as `POST /v1/orders` returns it.
   * @example "01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55"
   */
  @ApiProperty({ format: 'uuid' })
  @IsId(ORDER_ID_FAULT)
  id!: string;
}

/** Query parameters are text. */
const BOOLEANS = new Map<unknown, boolean>([
  ['true', true],
  ['false', false],
]);

/** Lists by the time of the last change have cursors of their own. */
const IsOrderCursor = (): PropertyDecorator =>
  ValidateBy({
    name: 'isOrderCursor',
    validator: {
      validate: (value: unknown, args) => {
        const { updatedSince } = Object(args?.object) as { updatedSince?: unknown };
        if (typeof value !== 'string') return false;
        return updatedSince === undefined ? isUUID(value, 'all') : isUpdateCursor(value);
      },
      defaultMessage: () => 'must be the nextCursor of an earlier page of this list',
    },
  });

export class ListOrdersDto {
  /**
   * Only orders of this customer. A customer sees its own orders only, and may name no other.
   * @example "u-1"
   */
  @ApiProperty({ minLength: 1, maxLength: 128, pattern: TEXT_PATTERN })
  @IsOptional()
  @IsStorableText(1, 128)
  userId?: string;

  /** Only orders with this id of your own. */
  @ApiProperty({ minLength: 1, maxLength: 128 })
  @IsOptional()
  @IsStorableText(1, 128)
  externalId?: string;

  /** Only orders in one of these statuses, separated by commas or in repeated parameters. */
  @ApiProperty({ enum: ORDER_STATUSES, enumName: 'OrderStatus', isArray: true, minItems: 1 })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => splitList(value))
  @IsIn(ORDER_STATUSES, { each: true, message: `must be one of ${ORDER_STATUSES.join(', ')}` })
  status?: OrderStatus[];

  /**
   * Only orders with an item of this SKU.
   * @example "fries"
   */
  @ApiProperty(SKU_SCHEMA)
  @IsOptional()
  @IsSku()
  sku?: string;

  /** `true`: only parked orders, which wait for `POST …/retry`. `false`: only orders that are not parked. */
  @ApiProperty()
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => BOOLEANS.get(value) ?? value)
  @IsBoolean({ message: 'must be true or false' })
  parked?: boolean;

  /** Only orders whose `createdAt` is this time or later. RFC 3339, with milliseconds at most. */
  @ApiProperty(TIME)
  @IsOptional()
  @IsQueryTime()
  createdAfter?: string;

  /**
   * Only orders whose `createdAt` is earlier than this time, which is later than `createdAfter`. An order is
   * in exactly one of two windows that meet.
   */
  @ApiProperty(TIME)
  @IsOptional()
  @IsQueryTimeAfter('createdAfter')
  createdBefore?: string;

  /**
   * Only orders whose `updatedAt` is this time or later. The list is then sorted by `updatedAt` instead of
   * the creation.
   */
  @ApiProperty(TIME)
  @IsOptional()
  @IsQueryTime()
  updatedSince?: string;

  /** `desc`: newest first. `asc`: oldest first. */
  @ApiProperty({ enum: DIRECTIONS, default: 'desc' })
  @IsOptional()
  @IsIn(DIRECTIONS, { message: `must be ${DIRECTIONS.join(' or ')}` })
  direction?: Direction;

  /** `nextCursor` of the previous page, with the same filters. Without it: the first page. */
  @ApiProperty({ maxLength: 53 })
  @IsOptional()
  @IsOrderCursor()
  cursor?: string;

  /**
   * Maximum number of orders in the page, 1 to 100; the default is 20.
   * @example 20
   */
  @ApiProperty(PAGE_SIZE)
  @IsPageSize()
  limit?: number;
}

const timeOf = (value: string | undefined): Date | undefined =>
  value === undefined ? undefined : new Date(value);

/** Returns the filter that a query stands for. */
export const toOrderFilter = (query: ListOrdersDto, defaultLimit: number): OrderFilter => {
  const {
    userId,
    externalId,
    sku,
    status,
    parked,
    direction,
    cursor,
    limit = defaultLimit,
  } = query;
  return {
    userId,
    externalId,
    sku,
    statuses: status && [...new Set(status)],
    parked,
    createdAfter: timeOf(query.createdAfter),
    createdBefore: timeOf(query.createdBefore),
    updatedSince: timeOf(query.updatedSince),
    direction,
    cursor,
    limit,
  };
};
