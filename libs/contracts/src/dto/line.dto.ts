import type { RequestedLine } from '../generated/inventory/v1/inventory';
import { type FieldFault, IsQuantity, IsSku, quantityFault, skuFault } from '../validators';
import { HasSchema, QUANTITY_SCHEMA, SKU_SCHEMA } from './field-schema';

/** Units of one SKU that a customer orders and a reservation holds. */
export class LineDto implements RequestedLine {
  /**
   * The SKU: 1 to 64 characters out of A-Z a-z 0-9 . _ -
   * @example "burger"
   */
  @HasSchema(SKU_SCHEMA)
  @IsSku()
  readonly sku!: string;

  /**
   * Number of units, 1 to 1,000,000.
   * @example 2
   */
  @HasSchema(QUANTITY_SCHEMA)
  @IsQuantity()
  readonly quantity!: number;
}

/**
 * Returns whether a line satisfies the rules of `LineDto`. class-validator takes 20 times as long for
 * the same answer.
 */
export const isValidLine = ({ sku, quantity }: RequestedLine): boolean =>
  skuFault(sku) === undefined && quantityFault(quantity) === undefined;

/** Returns the faults that the rules of `LineDto` find in each line, with paths below `list`. */
export const lineFaults = (lines: readonly RequestedLine[], list: string): FieldFault[] => {
  const faults: FieldFault[] = [];
  lines.forEach(({ sku, quantity }, index) => {
    const ofSku = skuFault(sku);
    const ofQuantity = quantityFault(quantity);
    if (ofSku !== undefined) faults.push({ field: `${list}[${index}].sku`, fault: ofSku });
    if (ofQuantity !== undefined)
      faults.push({ field: `${list}[${index}].quantity`, fault: ofQuantity });
  });
  return faults;
};
