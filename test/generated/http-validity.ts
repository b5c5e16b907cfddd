import type { ValidateFunction } from 'ajv';
import type { ApiDocument, Operation, Parameter, RoutedRequest, Schema } from './api-document';
import type { HttpRequest } from './http-inputs';
import type { SchemaChecks } from './schema-checks';

/** What the document says about a request. `unsaid`: HTTP allows several readings of it. */
export type Validity = 'valid' | 'invalid' | 'unsaid';

const JSON_TYPE = /^application\/json\s*(;\s*charset=("?)utf-8\2\s*)?$/i;

/** Decides from the document alone whether a request is valid. */
export class HttpValidity {
  constructor(
    private readonly document: ApiDocument,
    private readonly checks: SchemaChecks,
  ) {}

  of(request: HttpRequest, { operation, values }: RoutedRequest): Validity {
    return worst([
      ...this.pathValidity(operation, values),
      ...this.queryValidity(operation, request.target),
      ...this.headerValidity(operation, request),
      this.bodyValidity(operation, request),
    ]);
  }

  private pathValidity(operation: Operation, values: RoutedRequest['values']): Validity[] {
    return named(operation, 'path').map(({ name, schema }) => {
      const text = decoded(values.get(name) ?? '');
      return text === undefined ? 'invalid' : this.textValidity(schema, text);
    });
  }

  private queryValidity(operation: Operation, target: string): Validity[] {
    const query = /\?([^#]*)/.exec(target)?.[1] ?? '';
    if (/%(?![0-9a-f]{2})/i.test(query) || /[[\]]/.test(query)) return ['unsaid'];
    const pairs = [...new URLSearchParams(query)];
    const parameters = named(operation, 'query');
    // The document does not say whether an operation without parameters ignores them.
    if (parameters.length === 0) return [pairs.length > 0 ? 'unsaid' : 'valid'];
    const unknown = pairs.some(([name]) => parameters.every((each) => each.name !== name));
    return [
      unknown ? 'invalid' : 'valid',
      ...parameters.map(({ name, schema, required }) => {
        const texts = pairs.filter(([each]) => each === name).map(([, text]) => text);
        if (texts.length === 0) return required ? 'invalid' : 'valid';
        if (this.document.resolve(schema).type === 'array') return this.listValidity(schema, texts);
        return texts.length > 1 ? 'unsaid' : this.textValidity(schema, texts[0] ?? '');
      }),
    ];
  }

  private headerValidity(operation: Operation, { headers }: HttpRequest): Validity[] {
    return named(operation, 'header').map(({ name, schema }) => {
      const texts = headers
        .filter(([each]) => each.toLowerCase() === name.toLowerCase())
        .map(([, text]) => text.replace(/^[ \t]+|[ \t]+$/g, ''));
      // Servers join a header that is repeated, and take an empty one for an absent one.
      if (texts.length > 1 || texts[0] === '') return 'unsaid';
      return texts[0] === undefined ? 'valid' : this.textValidity(schema, texts[0]);
    });
  }

  private bodyValidity(
    { body, needsBody }: Operation,
    { headers, body: bytes }: HttpRequest,
  ): Validity {
    if (!body) return bytes?.length ? 'unsaid' : 'valid';
    if (!bytes?.length) return needsBody ? 'invalid' : 'valid';
    if (headers.some(([name]) => name === 'Content-Encoding')) return 'unsaid';
    const type = headers.filter(([name]) => name === 'Content-Type').at(-1)?.[1] ?? '';
    if (!type.startsWith('application/json')) return 'invalid';
    // Servers may overlook a malformed parameter.
    if (!JSON_TYPE.test(type)) return 'unsaid';
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
      // Parsers may accept the mark, and the document does not limit the size of a body.
      if (text.startsWith('\ufeff')) return 'unsaid';
      return this.validityOf(body, JSON.parse(text));
    } catch {
      return 'invalid';
    }
  }

  private listValidity(schema: Schema, texts: readonly string[]): Validity {
    // A list may also be written in one value.
    return texts.some((text) => text.includes(',')) ? 'unsaid' : this.validityOf(schema, texts);
  }

  private textValidity(schema: Schema, text: string): Validity {
    const { type } = this.document.resolve(schema);
    if (type === 'boolean') return text === 'true' || text === 'false' ? 'valid' : 'invalid';
    if (type !== 'integer') return this.validityOf(schema, text);
    const number = text.trim() === '' ? NaN : Number(text);
    if (!Number.isFinite(number)) return 'invalid';
    const validity = this.validityOf(schema, number);
    return validity === 'valid' && !/^(0|-?[1-9]\d*)$/.test(text) ? 'unsaid' : validity;
  }

  private validityOf(schema: Schema, value: unknown): Validity {
    const validate: ValidateFunction = this.checks.validatorOf(schema);
    return validate(value) ? 'valid' : 'invalid';
  }
}

const named = ({ parameters }: Operation, where: Parameter['in']): readonly Parameter[] =>
  parameters.filter((each) => each.in === where);

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

const worst = (found: readonly Validity[]): Validity => {
  if (found.includes('invalid')) return 'invalid';
  return found.includes('unsaid') ? 'unsaid' : 'valid';
};
