import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { SKU_SCHEMA } from '@app/contracts';

@ApiSchema({ name: 'FieldError' })
export class FieldErrorDto {
  /**
   * Path of the field in the request.
   * @example "items[0].quantity"
   */
  @ApiProperty()
  field!: string;

  /**
   * The fault, and what is valid.
   * @example "items[0].quantity must be > 0"
   */
  @ApiProperty()
  detail!: string;
}

/** An item of a request to reduce an order that names more units than the order has. */
@ApiSchema({ name: 'IncreasedItem' })
export class IncreasedItemDto {
  /**
   * The SKU.
   * @example "burger"
   */
  @ApiProperty(SKU_SCHEMA)
  sku!: string;

  /**
   * Units that the request names.
   * @example 5
   */
  @ApiProperty({ type: 'integer', minimum: 1 })
  requested!: number;

  /**
   * Units that the order has.
   * @example 4
   */
  @ApiProperty({ type: 'integer', minimum: 0 })
  present!: number;
}
