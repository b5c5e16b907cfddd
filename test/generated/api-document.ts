import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../tools/tool';

/** The parts of JSON Schema that the document uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly propertyNames?: Schema;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly contentSchema?: Schema;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Media {
  readonly schema: Schema;
  readonly examples?: Readonly<Record<string, unknown>>;
}

export interface DocumentedResponse {
  readonly content?: Readonly<Record<string, Media>>;
  readonly headers?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface DocumentedOperation {
  readonly operationId: string;
  readonly description: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly required?: boolean;
    readonly content: Readonly<Record<string, Media>>;
  };
  readonly responses: Readonly<Record<string, DocumentedResponse>>;
}

interface DocumentText {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** One operation of the OpenAPI document. */
export interface Operation {
  readonly id: string;
  /** In upper case. */
  readonly method: string;
  /** As `/v1/orders/{id}`. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** Of the JSON body, if the operation has one. */
  readonly body: Schema | undefined;
  readonly needsBody: boolean;
  readonly responses: Readonly<Record<string, DocumentedResponse>>;
  /** Any of these scopes allows the operation. Undefined: it needs no credentials. */
  readonly scopes: readonly string[] | undefined;
}

export const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

const SCOPE = /Scope: ([^.]*)\./;

/** The OpenAPI document of Orders, as clients get it. */
export class ApiDocument {
  readonly operations: readonly Operation[];
  readonly schemas: Readonly<Record<string, Schema>>;

  constructor({ paths, components }: DocumentText) {
    this.schemas = components.schemas;
    this.operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => toOperation(path, method, operation)),
    );
  }

  static read(): ApiDocument {
    const text = readFileSync(join(projectRoot, 'clients/openapi.json'), 'utf8');
    return new ApiDocument(JSON.parse(text) as DocumentText);
  }

  resolve(schema: Schema): Schema {
    if (schema.$ref === undefined) return schema;
    const found = this.schemas[schema.$ref.slice('#/components/schemas/'.length)];
    if (!found) throw new Error(`The document lacks ${schema.$ref}`);
    return found;
  }

  /** Returns the operation that serves a request, and the values in its path. HEAD is served as GET. */
  operationOf(method: string, target: string): RoutedRequest | undefined {
    const served = method === 'HEAD' ? 'GET' : method;
    const path = target.replace(/[?#].*$/s, '');
    const candidates = this.operations.flatMap((operation) => {
      const values = operation.method === served ? valuesIn(operation.path, path) : undefined;
      return values ? [{ operation, values }] : [];
    });
    // A path without parameters precedes one with them.
    return candidates.sort((one, other) => one.values.size - other.values.size)[0];
  }
}

export interface RoutedRequest {
  readonly operation: Operation;
  /** As they are in the path, still encoded. */
  readonly values: ReadonlyMap<string, string>;
}

const toOperation = (
  path: string,
  method: string,
  { operationId, description, security, parameters = [], ...operation }: DocumentedOperation,
): Operation => ({
  id: operationId,
  method: method.toUpperCase(),
  path,
  parameters,
  body: operation.requestBody?.content['application/json']?.schema,
  needsBody: operation.requestBody?.required ?? false,
  responses: operation.responses,
  scopes: security
    ? [...(SCOPE.exec(description)?.[1] ?? '').matchAll(/`(\w+)`/g)].map(([, scope = '']) => scope)
    : undefined,
});

const valuesIn = (template: string, path: string): ReadonlyMap<string, string> | undefined => {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  // The router ignores case, and a slash at the end.
  const pattern = new RegExp(`^${template.replace(/\{\w+\}/g, '([^/]+)')}/?$`, 'i');
  const found = pattern.exec(path);
  return found ? new Map(names.map((name, index) => [name, found[index + 1] ?? ''])) : undefined;
};
