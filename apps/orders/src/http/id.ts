import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsUUID } from 'class-validator';

/**
 * Requires an id, a UUID, and brings it to the spelling of responses: with two spellings, one order would be two
 * for everything that compares ids in this process.
 */
export const IsId = (message: string): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? value.toLowerCase() : value,
    ),
    IsUUID('all', { message }),
  );
