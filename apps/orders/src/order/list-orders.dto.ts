import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, IsUUID } from 'class-validator';
import { IsSku, IsStorableText, SKU_SCHEMA } from '@app/contracts';
import { IsPageSize, PAGE_SIZE } from '../http/page-size';
import { ORDER_STATUSES, type OrderStatus } from './lifecycle';
import { ORDER_ID_FAULT } from './order-errors';

export class OrderIdDto {
  /** The order's id, as `POST /v1/orders` returns it. */
  @IsUUID('all', { message: ORDER_ID_FAULT })
  id!: string;
}

export class ListOrdersDto {
  /**
   * Only orders of this customer.
   * @example "u-1"
   */
  @ApiProperty({ minLength: 1, maxLength: 128 })
  @IsOptional()
  @IsStorableText(1, 128)
  userId?: string;

  /** Only orders in this status. */
  @ApiProperty({ enum: ORDER_STATUSES })
  @IsOptional()
  @IsIn(ORDER_STATUSES, { message: `must be one of ${ORDER_STATUSES.join(', ')}` })
  status?: OrderStatus;

  /**
   * Only orders with an item of this SKU.
   * @example "burger"
   */
  @ApiProperty(SKU_SCHEMA)
  @IsOptional()
  @IsSku()
  sku?: string;

  /** `true`: only parked orders, which wait for `POST …/retry`. `false`: only orders that are not parked. */
  @ApiProperty({ type: 'boolean' })
  @IsOptional()
  @IsIn(['true', 'false'], { message: 'must be true or false' })
  parked?: string;

  /** `nextCursor` of the previous page. Without it: the first page. */
  @ApiProperty({ format: 'uuid' })
  @IsOptional()
  @IsUUID('all', { message: 'must be the nextCursor of an earlier page' })
  cursor?: string;

  /**
   * Maximum number of orders in the page, 1 to 100; the default is 20.
   * @example 20
   */
  @ApiProperty(PAGE_SIZE)
  @IsPageSize()
  limit?: number;
}
