import { ApiProperty, ApiSchema, PickType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  Allow,
  ValidateBy,
  ValidateIf,
  ValidateNested,
  type ValidationArguments,
} from 'class-validator';
import {
  type FieldFault,
  IsObjectList,
  IsStorableText,
  LIMITS,
  QUANTITY_SCHEMA,
  quantityFault,
  SKU_SCHEMA,
  skuFault,
  TEXT_PATTERN,
} from '@app/contracts';
import type { NewOrder } from './order';
import { EXAMPLE_METADATA, ItemDto } from './order.dto';
import {
  METADATA_LIMITS,
  metadataFaults,
  type OrderMetadata,
  storedMetadata,
} from './order-metadata';
import { isOrdinaryOrder } from './ordinary-order';

const MISSING = 'is required, unless there are items';

/** A rule for `sku` and `quantity`: required without `items`, and not allowed together with it. */
const UnlessItems = (faultOf: (value: unknown) => string | undefined): PropertyDecorator => {
  const fault = (value: unknown, args?: ValidationArguments): string | undefined => {
    const { items } = Object(args?.object) as { items?: unknown };
    if (items === undefined) return value === undefined ? MISSING : faultOf(value);
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

/** Returns the fault of items that together have more units of a SKU than one line may have. */
const totalsFault = (items: unknown): string | undefined => {
  if (!Array.isArray(items) || items.length > LIMITS.maxLines) return undefined;
  const totals = new Map<string, number>();
  for (const item of items as unknown[]) {
    const { sku, quantity } = Object(item) as { sku?: unknown; quantity?: unknown };
    // Faults of the items themselves are reported in their place.
    if (typeof sku !== 'string' || quantityFault(quantity) !== undefined) continue;
    const total = (totals.get(sku) ?? 0) + Number(quantity);
    if (total > LIMITS.maxQuantity && skuFault(sku) === undefined)
      return `must have at most ${LIMITS.maxQuantity} units of a SKU in all; ${sku} has more`;
    totals.set(sku, total);
  }
  return undefined;
};

/** Requires of all lines of a SKU together what each line must be: they are the same order as one line. */
const HasAllowedTotals = (): PropertyDecorator =>
  ValidateBy({
    name: 'hasAllowedTotals',
    validator: {
      validate: (value: unknown) => totalsFault(value) === undefined,
      defaultMessage: (args) => totalsFault(args?.value) ?? '',
    },
  });

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

/** What a schema can say of `METADATA_LIMITS`. */
const METADATA_SCHEMA = {
  type: 'object' as const,
  nullable: true,
  maxProperties: METADATA_LIMITS.maxKeys,
  propertyNames: { pattern: METADATA_LIMITS.key.source },
  additionalProperties: {
    type: 'string',
    maxLength: METADATA_LIMITS.maxValueLength,
    pattern: TEXT_PATTERN,
  },
  example: EXAMPLE_METADATA,
};

/** One item of a new order. */
@ApiSchema({ name: 'NewItem' })
export class NewItemDto extends ItemDto {}

/** An order of one item (`sku` and `quantity`) or of several (`items`), not both. */
@ApiSchema({ name: 'NewOrder' })
export class PlaceOrderDto {
  static readonly emptyFault =
    'must be {"userId": …, "sku": …, "quantity": …} or {"userId": …, "items": [{"sku": …, "quantity": …}]}';

  /** Returns the violations of `metadata`, each with its entry: `metadata.color`. */
  static entryViolationsOf(body: unknown): readonly FieldFault[] {
    return metadataFaults((body as { readonly metadata?: unknown }).metadata);
  }

  /**
   * Your id for the customer, 1 to 128 characters. Case-sensitive. Stored in Unicode normalization form C.
   * Required, unless the caller is a customer: then it is the subject of the token, and no other is allowed.
   * @example "u-1"
   */
  @ApiProperty({
    minLength: 1,
    maxLength: LIMITS.maxUserIdLength,
    pattern: TEXT_PATTERN,
    required: false,
  })
  @IsStorableText(1, LIMITS.maxUserIdLength)
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

  /**
   * The items of an order of several: 1 to 100. Several items of a SKU have at most 1,000,000 units in all.
   * Inventory reserves all of them, or none.
   */
  @ValidateIf(({ items }: PlaceOrderDto) => items !== undefined)
  @ApiProperty({ minItems: 1, maxItems: LIMITS.maxLines })
  @HasAllowedTotals()
  @IsObjectList(1, LIMITS.maxLines, 'items')
  @ValidateNested({ each: true })
  @Type(() => NewItemDto)
  items?: NewItemDto[];

  /**
   * A note to the kitchen, up to 500 characters. Stored in Unicode normalization form C.
   * @example "no onions"
   */
  @ValidateIf(({ note }: PlaceOrderDto) => isGiven(note))
  @ApiProperty({ type: 'string', nullable: true, maxLength: 500, pattern: TEXT_PATTERN })
  @IsStorableText(0, 500)
  note?: string | null;

  /**
   * Your own id for the order, such as that of a shop system, 1 to 128 characters. Case-sensitive. Several
   * orders may have the same one; only an `Idempotency-Key` keeps a request from placing two. Stored in
   * Unicode normalization form C.
   * @example "shop-1042"
   */
  @ValidateIf(({ externalId }: PlaceOrderDto) => isGiven(externalId))
  @ApiProperty({
    type: 'string',
    nullable: true,
    minLength: 1,
    maxLength: 128,
    pattern: TEXT_PATTERN,
  })
  @IsStorableText(1, 128)
  externalId?: string | null;

  /**
   * Your own texts about the order, which QuickBite only stores and returns. Up to 16 keys of 1 to 40
   * characters out of A-Z a-z 0-9 . _ - with values of up to 500 characters, and 8,192 bytes in all. Stored
   * in Unicode normalization form C. Must not hold personal data.
   */
  // `entryViolationsOf` has its rules.
  @ApiProperty(METADATA_SCHEMA)
  @Allow()
  metadata?: OrderMetadata | null;

  /** Spares most orders class-validator and class-transformer, which take longer than all other checks. */
  static isValid(value: unknown): boolean {
    return isOrdinaryOrder(value);
  }
}

/** The fields of every new order. */
const ORDER_FIELDS = ['userId', 'note', 'externalId', 'metadata'] as const;

/** A new order of one item. For the OpenAPI document; `PlaceOrderDto` has the rules. */
@ApiSchema({ name: 'OneItemOrder' })
export class OneItemOrderDto extends PickType(PlaceOrderDto, ORDER_FIELDS) {
  /**
   * The SKU: 1 to 64 characters out of A-Z a-z 0-9 . _ -
   * @example "burger"
   */
  @ApiProperty(SKU_SCHEMA)
  sku!: string;

  /**
   * Units of the SKU, 1 to 1,000,000.
   * @example 2
   */
  @ApiProperty(QUANTITY_SCHEMA)
  quantity!: number;
}

/** A new order of one or more items. For the OpenAPI document; `PlaceOrderDto` has the rules. */
@ApiSchema({ name: 'ItemsOrder' })
export class ItemsOrderDto extends PickType(PlaceOrderDto, ORDER_FIELDS) {
  /**
   * The items: 1 to 100. Several items of a SKU have at most 1,000,000 units in all. Inventory reserves
   * all of them, or none.
   */
  @ApiProperty({ minItems: 1, maxItems: LIMITS.maxLines })
  items!: NewItemDto[];
}

export const toNewOrder = (
  body: PlaceOrderDto,
  idempotencyKey: string | null,
): Omit<NewOrder, 'id'> => {
  const { userId, sku = '', quantity = 0, items = [{ sku, quantity }] } = body;
  const { note, externalId, metadata } = body;
  return {
    userId,
    note: note ?? null,
    externalId: externalId ?? null,
    metadata: storedMetadata(metadata),
    idempotencyKey,
    items: items.map((item) => ({ sku: item.sku, quantity: item.quantity })),
  };
};
