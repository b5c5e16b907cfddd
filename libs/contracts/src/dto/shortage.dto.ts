import { type Shortage, ShortageReason } from '../generated/inventory/v1/inventory';
import { COUNT_SCHEMA, HasSchema, SKU_SCHEMA } from './field-schema';

export const SHORTAGE_REASONS = ['NOT_ENOUGH', 'UNKNOWN_SKU'] as const;
export type ShortageReasonName = (typeof SHORTAGE_REASONS)[number];

/** A line that could not be reserved, and why. */
export class ShortageDto {
  /**
   * The SKU of the short line.
   * @example "burger"
   */
  @HasSchema(SKU_SCHEMA)
  readonly sku!: string;

  /**
   * Requested units, summed over all lines of the SKU.
   * @example 4
   */
  @HasSchema(COUNT_SCHEMA)
  readonly requested!: number;

  /**
   * Units that were available when Inventory decided.
   * @example 3
   */
  @HasSchema(COUNT_SCHEMA)
  readonly available!: number;

  /**
   * NOT_ENOUGH: fewer units were available than requested. UNKNOWN_SKU: there is no such SKU.
   * @example "NOT_ENOUGH"
   */
  @HasSchema({ enum: [...SHORTAGE_REASONS] })
  readonly reason!: ShortageReasonName;
}

const PROTO_REASONS = {
  NOT_ENOUGH: ShortageReason.SHORTAGE_REASON_NOT_ENOUGH,
  UNKNOWN_SKU: ShortageReason.SHORTAGE_REASON_UNKNOWN_SKU,
} satisfies Record<ShortageReasonName, ShortageReason>;

/** Maps a shortage to its gRPC message. */
export const toProtoShortage = ({ sku, requested, available, reason }: ShortageDto): Shortage => ({
  sku,
  requested,
  available,
  reason: PROTO_REASONS[reason],
});

/** Maps a gRPC message to a shortage. A reason that this version does not know is NOT_ENOUGH. */
export const fromProtoShortage = ({
  sku,
  requested,
  available,
  reason,
}: Shortage): ShortageDto => ({
  sku,
  requested,
  available,
  reason: reason === PROTO_REASONS.UNKNOWN_SKU ? 'UNKNOWN_SKU' : 'NOT_ENOUGH',
});
