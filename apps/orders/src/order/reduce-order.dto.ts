import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ValidateBy, ValidateNested, type ValidationArguments } from 'class-validator';
import { IsObjectList, IsSku, IsWholeNumber, LIMITS, SKU_SCHEMA } from '@app/contracts';

/** Units of a SKU in all items of an order. */
const MAX_UNITS = LIMITS.maxLines * LIMITS.maxQuantity;

/** Returns the fault of a list that names a SKU twice, or undefined. Other rules check the entries. */
const repeatedSkuFault = (value: unknown): string | undefined => {
  if (!Array.isArray(value)) return undefined;
  const skus = value.flatMap((entry: unknown) => {
    const { sku } = Object(entry) as { sku?: unknown };
    return typeof sku === 'string' ? [sku] : [];
  });
  const repeated = skus.find((sku, index) => skus.indexOf(sku) < index);
  return repeated === undefined
    ? undefined
    : `must name each SKU once, with its units in all items, but names ${repeated} twice`;
};

const NamesEachSkuOnce = (): PropertyDecorator =>
  ValidateBy({
    name: 'namesEachSkuOnce',
    validator: {
      validate: (value: unknown) => repeatedSkuFault(value) === undefined,
      defaultMessage: (args?: ValidationArguments) => repeatedSkuFault(args?.value) ?? '',
    },
  });

/** The units of one SKU that an order keeps. */
@ApiSchema({ name: 'KeptItem' })
export class KeptItemDto {
  /**
   * A SKU of the order.
   * @example "burger"
   */
  @ApiProperty(SKU_SCHEMA)
  @IsSku()
  sku!: string;

  /**
   * Units that the order keeps of this SKU, in all of its items: at most as many as it has. 0 cancels the
   * SKU.
   * @example 1
   */
  @ApiProperty({ type: 'integer', minimum: 0, maximum: MAX_UNITS })
  @IsWholeNumber(0, MAX_UNITS)
  quantity!: number;
}

/** What an order keeps. */
@ApiSchema({ name: 'OrderReduction' })
export class ReduceOrderDto {
  /** The SKUs to change, 1 to 100, each once. The order keeps all units of every other SKU. */
  @ApiProperty({ minItems: 1, maxItems: LIMITS.maxLines })
  @IsObjectList(1, LIMITS.maxLines, 'items')
  @NamesEachSkuOnce()
  @ValidateNested({ each: true })
  @Type(() => KeptItemDto)
  items!: KeptItemDto[];
}
