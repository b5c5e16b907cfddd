import type { OpenAPIObject } from '@nestjs/swagger';
import type {
  HeaderObject,
  OperationObject,
  PathItemObject,
  ResponseObject,
  SchemaObject,
} from '@nestjs/swagger/dist/interfaces/open-api-spec.interface';
import { SCOPES_EXTENSION } from '../access/allow.decorator';
import { problemSchemas } from './problem-schemas';

type Json = string | number | boolean | null | undefined | Json[] | { [key: string]: Json };
type Schemas = Readonly<Record<string, object>>;

const SCHEMA_REF = /^#\/components\/schemas\/([^/]+)/;

const METHODS = ['get', 'post', 'patch', 'delete'] as const;

/** In OpenAPI 3.1 a license has either a URL or an SPDX identifier. Nest's type is that of 3.0. */
const LICENSE = { name: 'MIT', identifier: 'MIT' };

const REQUEST_ID: HeaderObject = {
  description: 'The id of the request: yours, or a new one. Its log lines have it, too.',
  schema: { type: 'string', minLength: 1, maxLength: 128 },
};

/**
 * Adds to the document that Nest generates what generators of clients need, and brings it to OpenAPI 3.1:
 * `ownSchemas`, which no class has, types that can be null, the schemas of problems, request bodies without unknown fields, the header of
 * every response, the license, and the scopes of each operation in its description. An operation without
 * scopes needs no credentials. Leaves out schemas without use.
 */
export const completeDocument = (
  generated: OpenAPIObject,
  ownSchemas: Readonly<Record<string, SchemaObject>>,
): OpenAPIObject => {
  const document = withNullTypes(generated as unknown as Json) as unknown as OpenAPIObject;
  const schemas = {
    ...document.components?.schemas,
    ...ownSchemas,
    ...problemSchemas(document.paths),
  };
  const used = reachableFrom(document.paths, schemas);
  const ofRequests = reachableFrom(requestBodiesOf(document), schemas);
  const components = Object.entries(schemas)
    .filter(([name]) => used.has(name))
    .map(([name, schema]) => [
      name,
      ofRequests.has(name) && isObject(schema)
        ? { ...schema, additionalProperties: false }
        : schema,
    ]);
  return {
    ...document,
    // Nest adds an empty contact. Each installation has its own.
    info: { ...document.info, contact: undefined, license: LICENSE },
    security: [],
    paths: mapValues(mapValues(document.paths, withResponseHeaders), withScopes),
    components: {
      ...document.components,
      schemas: Object.fromEntries(components) as Record<string, SchemaObject>,
    },
  };
};

/** Not an enum, which has a name of its own. */
const isObject = (schema: object): boolean => (schema as SchemaObject).type === 'object';

const mapValues = <Value, Result>(
  object: Readonly<Record<string, Value>>,
  map: (value: Value) => Result,
): Record<string, Result> =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));

/** OpenAPI 3.1 has no `nullable`. Values of examples are left as they are. */
const withNullTypes = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(withNullTypes);
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, ...rest } = value;
  const result = Object.fromEntries(
    Object.entries(rest).map(([key, inner]) => [
      key,
      key === 'example' || key === 'examples' ? inner : withNullTypes(inner),
    ]),
  );
  return nullable === true ? { ...result, type: [result.type ?? 'object', 'null'] } : result;
};

const operationsOf = (path: PathItemObject): OperationObject[] =>
  METHODS.flatMap((method) => path[method] ?? []);

const requestBodiesOf = ({ paths }: OpenAPIObject): unknown[] =>
  Object.values(paths)
    .flatMap(operationsOf)
    .map(({ requestBody }) => requestBody);

/** Returns the names of the schemas that a part of the document refers to, directly or through others. */
const reachableFrom = (part: unknown, schemas: Schemas): Set<string> => {
  const names = new Set<string>();
  const open = [part];
  while (open.length > 0) {
    const each = open.pop();
    if (typeof each !== 'object' || each === null) continue;
    open.push(...(Object.values(each) as unknown[]));
    const [, name] = SCHEMA_REF.exec(String((each as { $ref?: unknown }).$ref)) ?? [];
    if (name === undefined || names.has(name)) continue;
    names.add(name);
    open.push(schemas[name]);
  }
  return names;
};

const mapOperations = (
  path: PathItemObject,
  map: (operation: OperationObject) => OperationObject,
): PathItemObject => ({
  ...path,
  ...Object.fromEntries(
    METHODS.flatMap((method) => {
      const operation = path[method];
      return operation ? [[method, map(operation)]] : [];
    }),
  ),
});

const withResponseHeaders = (path: PathItemObject): PathItemObject =>
  mapOperations(path, (operation) => ({
    ...operation,
    responses: mapValues(operation.responses as Record<string, ResponseObject>, (each) => ({
      ...each,
      headers: { 'X-Request-Id': REQUEST_ID, ...each.headers },
    })),
  }));

const withScopes = (path: PathItemObject): PathItemObject =>
  mapOperations(path, (operation) => {
    const { [SCOPES_EXTENSION]: scopes } = operation as { [SCOPES_EXTENSION]?: readonly string[] };
    if (!scopes) return operation;
    const names = scopes.map((scope) => `\`${scope}\``).join(' or ');
    return { ...operation, description: `${operation.description ?? ''}\n\nScope: ${names}.` };
  });
