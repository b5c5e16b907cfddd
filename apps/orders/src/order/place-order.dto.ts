import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ValidateBy, ValidateIf, ValidateNested, type ValidationArguments } from 'class-validator';
import {
  IsObjectList,
  IsStorableText,
  LIMITS,
  QUANTITY_SCHEMA,
  quantityFault,
  SKU_SCHEMA,
  skuFault,
} from '@app/contracts';
import type { NewOrder } from './order';
import { ItemDto } from './order.dto';

/** A rule for `sku` and `quantity`: required without `items`, and not allowed together with it. */
const UnlessItems = (faultOf: (value: unknown) => string | undefined): PropertyDecorator => {
  const fault = (value: unknown, args?: ValidationArguments): string | undefined => {
    const { items } = Object(args?.object) as { items?: unknown };
    if (items === undefined) return faultOf(value);
    return value === undefined ? undefined : 'must not be sent together with items';
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

/** An order of one item (`sku` and `quantity`) or of several (`items`), not both. */
@ApiSchema({ name: 'NewOrder' })
export class PlaceOrderDto {
  /**
   * Your id for the customer, 1 to 128 characters.
   * @example "u-1"
   */
  @ApiProperty({ minLength: 1, maxLength: 128 })
  @IsStorableText(1, 128)
  userId!: string;

  /**
   * The SKU of an order of one item: 1 to 64 characters out of A-Z a-z 0-9 . _ -
   * @example "burger"
   */
  @ApiProperty(SKU_SCHEMA)
  @UnlessItems(skuFault)
  sku?: string;

  /**
   * Units of `sku`, 1 to 1,000,000.
   * @example 2
   */
  @ApiProperty(QUANTITY_SCHEMA)
  @UnlessItems(quantityFault)
  quantity?: number;

  /** The items of an order of several: 1 to 100. Inventory reserves all of them, or none. */
  @ValidateIf(({ items }: PlaceOrderDto) => items !== undefined)
  @ApiProperty({ minItems: 1, maxItems: LIMITS.maxLines })
  @IsObjectList(1, LIMITS.maxLines, 'items')
  @ValidateNested({ each: true })
  @Type(() => ItemDto)
  items?: ItemDto[];

  /**
   * A note to the kitchen, up to 500 characters.
   * @example "no onions"
   */
  @ValidateIf(({ note }: PlaceOrderDto) => isGiven(note))
  @ApiProperty({ maxLength: 500 })
  @IsStorableText(0, 500)
  note?: string | null;
}

export const toNewOrder = (
  body: PlaceOrderDto,
  idempotencyKey: string | null,
): Omit<NewOrder, 'id'> => {
  const { userId, sku = '', quantity = 0, items = [{ sku, quantity }], note } = body;
  return {
    userId,
    note: note ?? null,
    idempotencyKey,
    items: items.map((item) => ({ sku: item.sku, quantity: item.quantity })),
  };
};
