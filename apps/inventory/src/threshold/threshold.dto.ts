import { Type } from 'class-transformer';
import { IsOptional, ValidateBy, ValidateNested, type ValidationArguments } from 'class-validator';
import {
  IsSku,
  IsWholeNumber,
  LIMITS,
  type SetStockThresholdRequest,
  type StockThreshold,
} from '@app/contracts';

/** Requires a number above `lowAt`. The distance keeps a level that goes up and down from crossing often. */
const IsAboveLow = (): PropertyDecorator =>
  ValidateBy({
    name: 'isAboveLow',
    validator: {
      validate: (value: unknown, args?: ValidationArguments) =>
        Number(value) > (args?.object as StockThresholdDto).lowAt,
      defaultMessage: (args?: ValidationArguments) =>
        `must be > low_at (${(args?.object as StockThresholdDto).lowAt})`,
    },
  });

export class StockThresholdDto implements StockThreshold {
  @IsWholeNumber(0, LIMITS.maxOnHand - 1)
  lowAt!: number;

  @IsWholeNumber(1, LIMITS.maxOnHand)
  @IsAboveLow()
  replenishedAt!: number;
}

export class SetStockThresholdDto implements SetStockThresholdRequest {
  @IsSku()
  sku!: string;

  @IsOptional()
  @ValidateNested()
  @Type(() => StockThresholdDto)
  threshold?: StockThresholdDto;
}
