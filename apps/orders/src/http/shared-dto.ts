import type { Type } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { fieldSchemasOf } from '@app/contracts';

/**
 * Adds the OpenAPI schemas of its fields to a DTO of `@app/contracts`. The DTO does not add them
 * itself, because Inventory uses it too and must not load Swagger.
 */
export const withOpenApi = <Dto extends Type>(dto: Dto): Dto => {
  for (const [field, schema] of fieldSchemasOf(dto)) {
    ApiProperty(schema)(dto.prototype as object, field);
  }
  return dto;
};
