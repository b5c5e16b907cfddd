import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, IsUUID } from 'class-validator';
import { IsSku, IsStorableText } from '@app/contracts';
import { IsPageSize, PAGE_SIZE } from '../http/page-size';
import { ORDER_STATUSES, type OrderStatus } from './lifecycle';
import { SKU } from './order.dto';

export class OrderIdDto {
  /** The order's id, as `POST /v1/orders` answered it. */
  @IsUUID('all', { message: 'must be a UUID, as POST /v1/orders answered it' })
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
   * Only orders that have this item.
   * @example "burger"
   */
  @ApiProperty(SKU)
  @IsOptional()
  @IsSku()
  sku?: string;

  /** `true`: only orders that are parked, and wait for `POST …/retry`. `false`: only others. */
  @ApiProperty({ type: 'boolean' })
  @IsOptional()
  @IsIn(['true', 'false'], { message: 'must be true or false' })
  parked?: string;

  /** `nextCursor` of the page before. Without it: the first page. */
  @ApiProperty({ format: 'uuid' })
  @IsOptional()
  @IsUUID('all', { message: 'must be the nextCursor of an earlier page' })
  cursor?: string;

  /**
   * How many orders at most, 1 to 100; 20 unless given.
   * @example 20
   */
  @ApiProperty(PAGE_SIZE)
  @IsPageSize()
  limit?: number;
}
