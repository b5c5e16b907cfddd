import { IsBoolean, IsISO8601, ValidateIf } from 'class-validator';
import {
  IsActor,
  IsAdjustmentId,
  IsSku,
  IsStorableText,
  IsWholeNumber,
  LIMITS,
} from '@app/contracts';

const TIME_FAULT = 'must be a time in ISO 8601 with a time zone, such as 2026-11-29T08:30:00Z';

/** A message of `stock-adjustments.v1`: a delivery (`delta`) or a count (`count`). */
export class StockAdjustmentDto {
  @IsAdjustmentId()
  adjustmentId!: string;

  @IsSku()
  sku!: string;

  /** Exactly one of `delta` and `count` is required. */
  @ValidateIf(({ count }: StockAdjustmentDto) => count === undefined)
  @IsWholeNumber(-LIMITS.maxOnHand, LIMITS.maxOnHand)
  delta?: number;

  @ValidateIf(({ count }: StockAdjustmentDto) => count !== undefined)
  @IsWholeNumber(0, LIMITS.maxOnHand)
  count?: number;

  @IsStorableText(1, LIMITS.maxReasonLength)
  reason!: string;

  @IsActor()
  actor!: string;

  /** When the units were delivered or counted. */
  @IsISO8601({ strict: true, strictSeparator: true }, { message: TIME_FAULT })
  occurredAt!: string;

  /** Adjusts even if on hand falls below reserved. */
  @ValidateIf(({ allowShortfall }: StockAdjustmentDto) => allowShortfall !== undefined)
  @IsBoolean()
  allowShortfall?: boolean;
}
