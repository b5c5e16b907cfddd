import { LIMITS } from '../limits';

/** The part of a field's OpenAPI schema that does not follow from its TypeScript type. */
export interface FieldSchema {
  readonly type?: 'integer';
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: string[];
}

export const SKU_SCHEMA = { pattern: LIMITS.sku.source } satisfies FieldSchema;
/** Text that Postgres stores: without NUL. */
export const TEXT_PATTERN = '^[^\\u0000]*$';
/** That of `IsName`, as far as every dialect of regular expressions has it. */
export const NAME_PATTERN =
  '^[^\\u0000-\\u001f\\u007f-\\u009f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff]*$';
export const QUANTITY_SCHEMA = {
  type: 'integer',
  minimum: 1,
  maximum: LIMITS.maxQuantity,
} as const satisfies FieldSchema;
export const COUNT_SCHEMA = { type: 'integer', minimum: 0 } as const satisfies FieldSchema;

const SCHEMAS = new WeakMap<object, Map<string, FieldSchema>>();

/**
 * Records the schema of a field. A process that publishes an OpenAPI document reads it with
 * `fieldSchemasOf`; the others load no OpenAPI library for it.
 */
export const HasSchema =
  (schema: FieldSchema): PropertyDecorator =>
  (prototype, field) => {
    const schemas = SCHEMAS.get(prototype) ?? new Map<string, FieldSchema>();
    SCHEMAS.set(prototype, schemas.set(String(field), schema));
  };

/** Returns the recorded schemas of a DTO class by field, without those of its base class. */
export const fieldSchemasOf = (dto: { prototype: object }): ReadonlyMap<string, FieldSchema> =>
  SCHEMAS.get(dto.prototype) ?? new Map<string, FieldSchema>();
