import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsOptional, Max, Min } from 'class-validator';

/** The maximum number of entries in a page. */
export const MAX_PAGE_SIZE = 100;

/** Entries in a page, unless the query has a `limit`. */
export const DEFAULT_PAGE_SIZE = 20;

/** The OpenAPI schema of a page size. */
export const PAGE_SIZE = {
  type: 'integer',
  minimum: 1,
  maximum: MAX_PAGE_SIZE,
  default: DEFAULT_PAGE_SIZE,
} as const;

/** The fault of an invalid page size. */
export const PAGE_SIZE_FAULT = `must be a whole number from 1 to ${MAX_PAGE_SIZE}`;

/** Query parameters are text. Anything but plain digits becomes NaN, which the rules reject. */
export const wholeNumber = (value: unknown): number =>
  typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;

/** A rule for the optional page size of a query. */
export const IsPageSize = (): PropertyDecorator =>
  applyDecorators(
    IsOptional(),
    Transform(({ value }: { value: unknown }) => wholeNumber(value)),
    Min(1, { message: PAGE_SIZE_FAULT }),
    Max(MAX_PAGE_SIZE, { message: PAGE_SIZE_FAULT }),
  );
