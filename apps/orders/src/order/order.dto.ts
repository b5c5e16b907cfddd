import { ApiProperty } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  IsIn,
  IsOptional,
  IsUUID,
  Max,
  Min,
  ValidateBy,
  ValidateIf,
  ValidateNested,
  type ValidationArguments,
} from 'class-validator';
import {
  IsObjectList,
  IsQuantity,
  IsSku,
  IsStorableText,
  LIMITS,
  quantityFault,
  skuFault,
} from '@app/contracts';
import {
  type CancelReason,
  type Item,
  type NewOrder,
  type Order,
  ORDER_STATUSES,
  type OrderStatus,
  type Shortage,
} from './order';

const MAX_PAGE_SIZE = 100;
const DEFAULT_PAGE_SIZE = 20;
const PAGE_SIZE_FAULT = `must be a whole number from 1 to ${MAX_PAGE_SIZE}`;

const SKU = { pattern: LIMITS.sku.source };
const QUANTITY = { type: 'integer', minimum: 1, maximum: LIMITS.maxQuantity } as const;
const COUNT = { type: 'integer', minimum: 0 } as const;
const TIME = { format: 'date-time' };

/** For `sku` and `quantity`, which stand for one item and cannot go with a list of them. */
const UnlessItems = (faultOf: (value: unknown) => string | undefined): PropertyDecorator => {
  const fault = (value: unknown, args?: ValidationArguments): string | undefined => {
    const { items } = Object(args?.object) as { items?: unknown };
    if (items === undefined) return faultOf(value);
    return value === undefined ? undefined : 'must not be given together with items';
  };
  return ValidateBy({
    name: 'unlessItems',
    validator: {
      validate: (value: unknown, args) => fault(value, args) === undefined,
      defaultMessage: (args) => fault(args?.value, args) ?? '',
    },
  });
};

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

export class ItemDto implements Item {
  /**
   * What is ordered: 1 to 64 characters out of A-Z a-z 0-9 . _ -
   * @example "burger"
   */
  @ApiProperty(SKU)
  @IsSku()
  sku!: string;

  /**
   * How many units, 1 to 1,000,000.
   * @example 2
   */
  @ApiProperty(QUANTITY)
  @IsQuantity()
  quantity!: number;
}

/** An order of one item (`sku` and `quantity`) or of several (`items`), not both. */
export class PlaceOrderDto {
  /**
   * Your id for the customer, 1 to 128 characters.
   * @example "u-1"
   */
  @ApiProperty({ minLength: 1, maxLength: 128 })
  @IsStorableText(1, 128)
  userId!: string;

  /**
   * What is ordered, where it is one item: 1 to 64 characters out of A-Z a-z 0-9 . _ -
   * @example "burger"
   */
  @ApiProperty(SKU)
  @UnlessItems(skuFault)
  sku?: string;

  /**
   * How many units of `sku`, 1 to 1,000,000.
   * @example 2
   */
  @ApiProperty(QUANTITY)
  @UnlessItems(quantityFault)
  quantity?: number;

  /** What is ordered, where it is several items: 1 to 100 of them. All are reserved, or none. */
  @ValidateIf(({ items }: PlaceOrderDto) => items !== undefined)
  @ApiProperty({ minItems: 1, maxItems: LIMITS.maxLines })
  @IsObjectList(1, LIMITS.maxLines, 'items')
  @ValidateNested({ each: true })
  @Type(() => ItemDto)
  items?: ItemDto[];

  /**
   * Anything the kitchen should know, up to 500 characters.
   * @example "no onions"
   */
  @ValidateIf(({ note }: PlaceOrderDto) => isGiven(note))
  @ApiProperty({ maxLength: 500 })
  @IsStorableText(0, 500)
  note?: string | null;
}

export const toNewOrder = (body: PlaceOrderDto): Omit<NewOrder, 'id'> => {
  const { userId, sku = '', quantity = 0, items = [{ sku, quantity }], note } = body;
  return {
    userId,
    note: note ?? null,
    items: items.map((item) => ({ sku: item.sku, quantity: item.quantity })),
  };
};

/** How many orders a page has. */
export const pageSizeOf = ({ limit = DEFAULT_PAGE_SIZE }: ListOrdersDto): number => limit;

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
  @IsOptional()
  @IsStorableText(1, 128)
  userId?: string;

  /** Only orders in this status. */
  @IsOptional()
  @IsIn(ORDER_STATUSES, { message: `must be one of ${ORDER_STATUSES.join(', ')}` })
  status?: OrderStatus;

  /**
   * Only orders that have this item.
   * @example "burger"
   */
  @IsOptional()
  @IsSku()
  sku?: string;

  /** `nextCursor` of the page before. Without it: the first page. */
  @IsOptional()
  @IsUUID('all', { message: 'must be the nextCursor of an earlier page' })
  cursor?: string;

  /**
   * How many orders at most, 1 to 100; 20 unless given.
   * @example 20
   */
  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_PAGE_SIZE, default: DEFAULT_PAGE_SIZE })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => wholeNumber(value))
  @Min(1, { message: PAGE_SIZE_FAULT })
  @Max(MAX_PAGE_SIZE, { message: PAGE_SIZE_FAULT })
  limit?: number;
}

/** Query parameters are text. Anything but plain digits becomes NaN, and is then refused. */
const wholeNumber = (value: unknown): number =>
  typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : Number.NaN;

export class ShortageDto implements Shortage {
  /** @example "burger" */
  sku!: string;

  /**
   * Units asked for, all items of the SKU together.
   * @example 4
   */
  @ApiProperty(COUNT)
  requested!: number;

  /**
   * Units that were available when it was decided.
   * @example 3
   */
  @ApiProperty(COUNT)
  available!: number;

  /** NOT_ENOUGH, or UNKNOWN_SKU where there is no such SKU. */
  reason!: 'NOT_ENOUGH' | 'UNKNOWN_SKU';
}

export class OrderDto {
  /**
   * UUIDv7. In Inventory, the order's reservation has the same id.
   * @example "01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55"
   */
  @ApiProperty({ format: 'uuid' })
  id!: string;

  /** @example "u-1" */
  userId!: string;

  /** @example "no onions" */
  note!: string | null;

  /** PENDING until Inventory has decided; then CONFIRMED or CANCELLED. */
  status!: OrderStatus;

  /**
   * Where the order has one item.
   * @example "burger"
   */
  sku?: string;

  /**
   * Where the order has one item.
   * @example 2
   */
  @ApiProperty(QUANTITY)
  quantity?: number;

  /** As they were ordered. */
  items!: ItemDto[];

  /** Why it was cancelled; only where it was. */
  cancelReason?: CancelReason;

  /** What was short; only where it was cancelled for lack of stock. */
  shortages?: ShortageDto[];

  /** @example "2026-11-23T12:00:00.000Z" */
  @ApiProperty(TIME)
  createdAt!: string;

  /** @example "2026-11-23T12:00:00.012Z" */
  @ApiProperty(TIME)
  updatedAt!: string;
}

export class OrderPageDto {
  /** Newest first. */
  orders!: OrderDto[];

  /** Give it as `cursor` for the next page. Null: this was the last. */
  nextCursor!: string | null;
}

export const toOrderDto = (order: Order): OrderDto => {
  const { cancelReason, shortages, items, createdAt, updatedAt, ...rest } = order;
  const [first, ...others] = items;
  return {
    ...rest,
    ...(first && others.length === 0 && first),
    items: [...items],
    ...(cancelReason && { cancelReason }),
    ...(shortages.length > 0 && { shortages: [...shortages] }),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
};
