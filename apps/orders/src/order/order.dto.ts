import { Transform, Type } from 'class-transformer';
import {
  IsIn,
  IsOptional,
  IsUUID,
  ValidateBy,
  ValidateIf,
  ValidateNested,
  type ValidationArguments,
} from 'class-validator';
import {
  HasLength,
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
  @IsSku()
  sku!: string;

  /**
   * How many units, 1 to 1,000,000.
   * @example 2
   */
  @IsQuantity()
  quantity!: number;
}

/** An order of one item (`sku` and `quantity`) or of several (`items`), not both. */
export class PlaceOrderDto {
  /**
   * Your id for the customer, 1 to 128 characters.
   * @example "u-1"
   */
  @IsStorableText(1, 128)
  userId!: string;

  /**
   * What is ordered, where it is one item: 1 to 64 characters out of A-Z a-z 0-9 . _ -
   * @example "burger"
   */
  @UnlessItems(skuFault)
  sku?: string;

  /**
   * How many units of `sku`, 1 to 1,000,000.
   * @example 2
   */
  @UnlessItems(quantityFault)
  quantity?: number;

  /** What is ordered, where it is several items: 1 to 100 of them. All are reserved, or none. */
  @ValidateIf(({ items }: PlaceOrderDto) => items !== undefined)
  @HasLength(1, LIMITS.maxLines, 'items')
  @ValidateNested({ each: true })
  @Type(() => ItemDto)
  items?: ItemDto[];

  /**
   * Anything the kitchen should know, up to 500 characters.
   * @example "no onions"
   */
  @ValidateIf(({ note }: PlaceOrderDto) => isGiven(note))
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
   * How many orders at most, 1 to 100.
   * @example 20
   */
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => pageSize(value))
  @IsIn(Array.from({ length: MAX_PAGE_SIZE }, (_, index) => index + 1), {
    message: `must be a whole number from 1 to ${MAX_PAGE_SIZE}`,
  })
  limit: number = DEFAULT_PAGE_SIZE;
}

/** Query parameters are text. Anything but plain digits becomes NaN, and is then refused. */
const pageSize = (value: unknown): number =>
  typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : Number.NaN;

export class ShortageDto implements Shortage {
  /** @example "burger" */
  sku!: string;

  /**
   * Units asked for, all items of the SKU together.
   * @example 4
   */
  requested!: number;

  /**
   * Units that were available when it was decided.
   * @example 3
   */
  available!: number;

  /** NOT_ENOUGH, or UNKNOWN_SKU where there is no such SKU. */
  reason!: 'NOT_ENOUGH' | 'UNKNOWN_SKU';
}

export class OrderDto {
  /**
   * UUIDv7. In Inventory, the order's reservation has the same id.
   * @example "01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55"
   */
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
  quantity?: number;

  /** As they were ordered. */
  items!: ItemDto[];

  /** Why it was cancelled; only where it was. */
  cancelReason?: CancelReason;

  /** What was short; only where it was cancelled for lack of stock. */
  shortages?: ShortageDto[];

  /** @example "2026-11-23T12:00:00.000Z" */
  createdAt!: string;

  /** @example "2026-11-23T12:00:00.012Z" */
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
