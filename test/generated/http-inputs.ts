import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { ApiDocument, Operation, Parameter } from './api-document';
import type { KnownObjects, ObjectKind } from './known-objects';
import {
  CONTENT_TYPES,
  METHODS,
  ODD_HEADERS,
  type Pair,
  RAW_TARGETS,
  SPOILED,
} from './http-oddities';
import { oddJson, oddText } from './odd-values';
import { oddParameter, reference, SchemaValues } from './schema-values';

/** A request before its references to objects are resolved. Values of the path and the query are not encoded. */
export interface HttpInput {
  readonly operation: Operation;
  readonly method: string;
  readonly pathValues: Readonly<Record<string, string>>;
  /** Replaces the path. */
  readonly rawTarget: string | undefined;
  readonly query: readonly Pair[];
  readonly headers: readonly Pair[];
  readonly contentType: string | undefined;
  readonly body: InputBody | undefined;
}

interface InputBody {
  readonly value: unknown;
  readonly spoil: keyof typeof SPOILED;
}

/** A request as it is sent. */
export interface HttpRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly Pair[];
  readonly body: Buffer | undefined;
}

const ID_KINDS: readonly (readonly [string, ObjectKind])[] = [
  ['/v1/orders', 'order'],
  ['/v1/webhooks', 'webhook'],
  ['/v1/api-keys', 'apiKey'],
];

/** One value of the arbitrary among `others` times undefined. */
const sometimes = <Value>(
  arbitrary: fc.Arbitrary<Value>,
  others: number,
): fc.Arbitrary<Value | undefined> =>
  fc.oneof({ weight: others, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

/** Generates requests for all operations of the document. */
export class HttpInputs {
  private readonly values: SchemaValues;

  constructor(private readonly document: ApiDocument) {
    this.values = new SchemaValues(document);
  }

  arbitrary(): fc.Arbitrary<HttpInput> {
    return fc.oneof(...this.document.operations.map((operation) => this.requestFor(operation)));
  }

  /** A valid request, or one of which some part is odd. */
  private requestFor(operation: Operation): fc.Arbitrary<HttpInput> {
    const valid = this.parts(operation, false);
    const odd = this.parts(operation, true);
    return fc.oneof({ weight: 2, arbitrary: valid }, { weight: 3, arbitrary: odd });
  }

  private parts(operation: Operation, isOdd: boolean): fc.Arbitrary<HttpInput> {
    const seldom = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
      isOdd ? sometimes(arbitrary, 12) : fc.constant(undefined);
    const named = (where: Parameter['in']) =>
      operation.parameters.filter((each) => each.in === where);
    return fc
      .record({
        pathValues: fc.record(
          Object.fromEntries(
            named('path').map((each) => [each.name, this.pathValue(operation, each, isOdd)]),
          ),
        ),
        query: this.query(named('query'), isOdd),
        headers: this.headers(named('header'), isOdd),
        method: seldom(fc.constantFrom(...METHODS)),
        rawTarget: seldom(fc.constantFrom(...RAW_TARGETS)),
        contentType: seldom(fc.constantFrom(...CONTENT_TYPES)),
        body: this.body(operation, isOdd),
      })
      .map(({ method, contentType, ...rest }) => ({
        operation,
        ...rest,
        method: method ?? operation.method,
        contentType: contentType ?? (rest.body ? 'application/json' : undefined),
      }));
  }

  private pathValue(
    { path }: Operation,
    { name, schema }: Parameter,
    isOdd: boolean,
  ): fc.Arbitrary<string> {
    const kind = ID_KINDS.find(([prefix]) => name === 'id' && path.startsWith(prefix))?.[1];
    const valid = this.values.valid(schema, name) as fc.Arbitrary<string>;
    const known = kind ? reference(kind) : valid;
    const choices = [
      { weight: 16, arbitrary: known },
      { weight: 2, arbitrary: valid },
      ...(isOdd ? [{ weight: 3, arbitrary: oddText() }] : []),
    ];
    return fc.oneof(...choices);
  }

  private query(parameters: readonly Parameter[], isOdd: boolean): fc.Arbitrary<readonly Pair[]> {
    const each = parameters.map(({ name, schema, required = false }) => {
      const valid = this.values
        .valid(schema, name)
        .map((value): Pair[] =>
          (Array.isArray(value) ? (value as unknown[]) : [value]).map((one) => [name, String(one)]),
        );
      const odd = oddParameter().map((text): Pair[] => [[name, text]]);
      const twice = fc.tuple(valid, odd).map(([some, more]): Pair[] => [...some, ...more]);
      const value = isOdd
        ? fc.oneof({ weight: 4, arbitrary: valid }, { weight: 2, arbitrary: odd }, twice)
        : valid;
      const absent = { weight: required && !isOdd ? 0 : 3, arbitrary: fc.constant<Pair[]>([]) };
      return fc.oneof({ weight: 2, arbitrary: value }, absent);
    });
    const unknown = fc
      .tuple(fc.constantFrom('page', 'Limit', 'user_id', 'x'), oddParameter())
      .map((pair): Pair[] => [pair]);
    const extra = isOdd
      ? fc.oneof({ weight: 14, arbitrary: fc.constant<Pair[]>([]) }, unknown)
      : fc.constant<Pair[]>([]);
    return fc.tuple(...each, extra).map((pairs) => pairs.flat());
  }

  private headers(parameters: readonly Parameter[], isOdd: boolean): fc.Arbitrary<readonly Pair[]> {
    const each = parameters.map(({ name, schema }) => {
      const valid = this.values.valid(schema, name).map((value): Pair[] => [[name, String(value)]]);
      const odd = oddParameter().map((text): Pair[] => [[name, text]]);
      return fc.oneof(
        { weight: 3, arbitrary: fc.constant<Pair[]>([]) },
        { weight: 1, arbitrary: isOdd ? fc.oneof(valid, odd) : valid },
      );
    });
    const extra = isOdd
      ? fc.oneof(
          { weight: 4, arbitrary: fc.constant<Pair[]>([]) },
          { weight: 1, arbitrary: fc.array(fc.constantFrom(...ODD_HEADERS), { maxLength: 2 }) },
        )
      : fc.constant<readonly Pair[]>([]);
    return fc.tuple(...each, extra).map((pairs) => pairs.flat());
  }

  private body({ body }: Operation, isOdd: boolean): fc.Arbitrary<InputBody | undefined> {
    const names = Object.keys(SPOILED) as (keyof typeof SPOILED)[];
    const spoil = isOdd
      ? fc.oneof(
          { weight: 4, arbitrary: fc.constant('not' as const) },
          { weight: 1, arbitrary: fc.constantFrom(...names) },
        )
      : fc.constant('not' as const);
    if (!body) {
      const odd = fc.record({ value: oddJson(), spoil });
      return isOdd ? sometimes(odd, 12) : fc.constant(undefined);
    }
    const valid = this.values.valid(body);
    const value = isOdd ? fc.oneof(valid, this.values.changed(body), oddJson()) : valid;
    return fc.record({ value, spoil });
  }
}

/** Returns the bytes of an input, for a caller with these headers. */
export const toRequest = (
  input: HttpInput,
  known: KnownObjects,
  credentials: readonly Pair[],
): HttpRequest => {
  const resolve = (text: string): string => known.resolve(text);
  const path = input.operation.path.replace(/\{(\w+)\}/g, (_all, name: string) =>
    encoded(resolve(input.pathValues[name] ?? '')),
  );
  const query = input.query.map(([name, value]) => `${encoded(name)}=${encoded(resolve(value))}`);
  const target = input.rawTarget ?? (query.length > 0 ? `${path}?${query.join('&')}` : path);
  const headers = [...input.headers, ...credentials].map(([name, value]): Pair => [
    name,
    printable(resolve(value)),
  ]);
  if (input.contentType !== undefined) headers.push(['Content-Type', input.contentType]);
  const isGzip = headers.some(([name, value]) => name === 'Content-Encoding' && value === 'gzip');
  const body = input.body && bytesOf(input.body, known);
  return {
    method: input.method,
    target,
    headers,
    body: body && isGzip && body.length % 2 ? gzipSync(body) : body,
  };
};

const bytesOf = ({ value, spoil }: InputBody, known: KnownObjects): Buffer =>
  SPOILED[spoil](Buffer.from(JSON.stringify(known.resolveIn(value))));

/** Encodes UTF-8 also where a text is not well-formed. */
const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

/** HTTP clients cannot send other characters in a header. */
const printable = (text: string): string => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '?');
