import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsOptional, Max, Min } from 'class-validator';

const MAX_PAGE_SIZE = 100;

/** How many entries a page has, unless the query says so. */
export const DEFAULT_PAGE_SIZE = 20;

/** How the schema shows the size of a page. */
export const PAGE_SIZE = {
  type: 'integer',
  minimum: 1,
  maximum: MAX_PAGE_SIZE,
  default: DEFAULT_PAGE_SIZE,
} as const;

/** What is said of a size that is not right. */
export const PAGE_SIZE_FAULT = `must be a whole number from 1 to ${MAX_PAGE_SIZE}`;

/** Query parameters are text. Anything but plain digits becomes NaN, and is then refused. */
const wholeNumber = (value: unknown): number =>
  typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : Number.NaN;

/** A page's size in a query, or none. */
export const IsPageSize = (): PropertyDecorator =>
  applyDecorators(
    IsOptional(),
    Transform(({ value }: { value: unknown }) => wholeNumber(value)),
    Min(1, { message: PAGE_SIZE_FAULT }),
    Max(MAX_PAGE_SIZE, { message: PAGE_SIZE_FAULT }),
  );
