import { IsBoolean, ValidateIf } from 'class-validator';
import {
  type AdjustStockRequest,
  IsActor,
  IsAdjustmentId,
  IsSku,
  IsStorableText,
  IsWholeNumber,
  LIMITS,
} from '@app/contracts';

export class AdjustStockDto implements AdjustStockRequest {
  @IsAdjustmentId()
  adjustmentId!: string;

  @IsSku()
  sku!: string;

  /** Exactly one of delta and set_on_hand is required. The proto's oneof allows at most one. */
  @ValidateIf(({ setOnHand }: AdjustStockDto) => setOnHand === undefined)
  @IsWholeNumber(-LIMITS.maxOnHand, LIMITS.maxOnHand)
  delta?: number;

  @ValidateIf(({ setOnHand }: AdjustStockDto) => setOnHand !== undefined)
  @IsWholeNumber(0, LIMITS.maxOnHand)
  setOnHand?: number;

  @IsStorableText(1, LIMITS.maxReasonLength)
  reason!: string;

  @IsActor()
  actor!: string;

  @ValidateIf(({ expectedOnHand }: AdjustStockDto) => expectedOnHand !== undefined)
  @IsWholeNumber(0, LIMITS.maxOnHand)
  expectedOnHand?: number;

  @IsBoolean()
  allowShortfall!: boolean;
}
