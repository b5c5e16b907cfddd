import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import type { ApiDocument, Schema } from './api-document';

const ID = 'https://quickbite.example/openapi.json';

/** Validators of the schemas of the document, each compiled once. */
export class SchemaChecks {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: false });
  private readonly validators = new Map<Schema, ValidateFunction>();

  constructor({ schemas }: ApiDocument, { isClosed = false } = {}) {
    addFormats(this.ajv);
    const components = isClosed ? (closed(schemas) as typeof schemas) : schemas;
    this.ajv.addSchema({ $id: ID, components: { schemas: components } });
    this.close = isClosed ? closed : (schema) => schema;
  }

  private readonly close: (schema: unknown) => unknown;

  validatorOf(schema: Schema): ValidateFunction {
    const known = this.validators.get(schema);
    if (known) return known;
    const compiled = this.ajv.compile(absolute(this.close(schema)) as object);
    this.validators.set(schema, compiled);
    return compiled;
  }

  /** Returns what is wrong with a value, or undefined. */
  faultOf(schema: Schema, value: unknown): string | undefined {
    const validate = this.validatorOf(schema);
    return validate(value) ? undefined : this.ajv.errorsText(validate.errors);
  }
}

/** Returns the schema without undocumented members: clients may ignore these, but the services must not have any. */
const closed = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy = Object.fromEntries(
    Object.entries(schema).map(([name, value]) => [
      name,
      name === 'properties' ? closedMembers(value as object) : closed(value),
    ]),
  );
  return 'properties' in copy && !('additionalProperties' in copy)
    ? { ...copy, additionalProperties: false }
    : copy;
};

const closedMembers = (properties: object): object =>
  Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, closed(value)]));

/** Returns the schema with references that do not depend on where it is. */
const absolute = (schema: unknown): unknown =>
  JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', `"$ref":"${ID}#/`));
