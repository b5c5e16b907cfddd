import fc from 'fast-check';
import type { ApiDocument, Schema } from './api-document';
import { type ObjectKind, referenceTo } from './known-objects';
import { oddJson, oddNumber, oddText } from './odd-values';

export const SKUS = ['burger', 'pizza', 'fries', 'cola', 'empty'] as const;
export const CUSTOMERS = ['customer-1', 'customer-2'] as const;

const KNOWN_COUNT = 400;

export const reference = (kind: ObjectKind): fc.Arbitrary<string> =>
  fc.nat({ max: KNOWN_COUNT }).map((index) => referenceTo(kind, index));

const sku = (): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...SKUS) },
    { weight: 1, arbitrary: fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/) },
  );

const quantity = (): fc.Arbitrary<number> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 5 }) },
    { weight: 1, arbitrary: fc.constantFrom(1, 1_000_000) },
  );

/** Values that exist, by the name of the field: texts of the schema alone would find nothing. */
const BY_NAME: Readonly<Record<string, () => fc.Arbitrary<unknown>>> = {
  sku,
  skus: () => fc.uniqueArray(sku(), { minLength: 1, maxLength: 4 }),
  quantity,
  userId: () => fc.constantFrom(...CUSTOMERS),
  subject: () => fc.constantFrom(...CUSTOMERS, 'warehouse'),
  url: () => reference('webhookUrl'),
  deliveryId: () => reference('delivery'),
  cursor: () => reference('cursor'),
  after: () => fc.oneof(reference('position'), fc.constantFrom('oldest', 'now')),
  'Last-Event-ID': () => fc.oneof(reference('position'), fc.nat({ max: 9 }).map(String)),
  maxSeconds: () => fc.constantFrom(1, 2),
  waitSeconds: () => fc.constantFrom(0, 0, 0, 1),
  'Request-Timeout-Ms': () => fc.constantFrom(1, 50, 5_000, 60_000),
};

/** Generates values from the schemas of the document, valid and invalid ones. */
export class SchemaValues {
  constructor(private readonly document: ApiDocument) {}

  /** A valid value. `name` is that of the field. */
  valid(schema: Schema, name = ''): fc.Arbitrary<unknown> {
    const bySchema = this.bySchema(this.document.resolve(schema));
    const known = Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined;
    return known
      ? fc.oneof({ weight: 4, arbitrary: known() }, { weight: 1, arbitrary: bySchema })
      : bySchema;
  }

  /** A valid value in which one part is replaced, removed or added. */
  changed(schema: Schema, name = ''): fc.Arbitrary<unknown> {
    const how = fc.constantFrom('replace', 'replace', 'remove', 'add', 'repeat');
    return fc
      .tuple(this.valid(schema, name), fc.nat(), how, oddJson(), oddText())
      .map(([value, place, kind, part, member]) => changedAt(value, place, { kind, part, member }));
  }

  private bySchema(schema: Schema): fc.Arbitrary<unknown> {
    const { type, oneOf, allOf, ...rest } = schema;
    if (schema.enum) return fc.constantFrom(...schema.enum);
    const choices = oneOf ?? allOf;
    if (choices) return fc.oneof(...choices.map((each) => this.valid(each)));
    if (Array.isArray(type))
      return fc.oneof(...(type as string[]).map((each) => this.bySchema({ ...rest, type: each })));
    switch (type) {
      case 'string':
        return textOf(schema);
      case 'integer':
        return integerOf(schema);
      case 'boolean':
        return fc.boolean();
      case 'null':
        return fc.constant(null);
      case 'array':
        return this.listOf(schema);
      default:
        return this.objectOf(schema);
    }
  }

  private listOf({ items = {}, minItems = 0, maxItems = 5 }: Schema): fc.Arbitrary<unknown> {
    const limits = { minLength: minItems, maxLength: Math.min(maxItems, minItems + 4) };
    return fc.array(this.valid(items), limits);
  }

  private objectOf(schema: Schema): fc.Arbitrary<unknown> {
    const { properties = {}, required = [], additionalProperties, propertyNames } = schema;
    if (typeof additionalProperties === 'object') {
      const names = this.valid(propertyNames ?? { type: 'string' }) as fc.Arbitrary<string>;
      const limits = { maxKeys: Math.min(schema.maxProperties ?? 3, 3) };
      return fc.dictionary(names, this.valid(additionalProperties), limits);
    }
    const fields = Object.entries(properties).map(
      ([name, each]) => [name, this.valid(each, name)] as const,
    );
    return fc.record(Object.fromEntries(fields), {
      requiredKeys: [...required],
      noNullPrototype: true,
    });
  }
}

const DAY_MS = 86_400_000;

const FORMATS: Readonly<Record<string, () => fc.Arbitrary<string>>> = {
  uuid: () => fc.uuid(),
  uri: () => reference('webhookUrl'),
  'date-time': () =>
    fc
      .integer({ min: -400 * DAY_MS, max: 400 * DAY_MS })
      .map((offset) => new Date(Date.UTC(2026, 10, 30) + offset).toISOString()),
};

const textOf = ({ format = '', pattern, minLength = 0, maxLength = 40 }: Schema) => {
  if (Object.hasOwn(FORMATS, format)) return FORMATS[format]?.() ?? fc.constant('');
  const isFree = pattern === undefined || pattern.startsWith('^[^');
  if (!isFree) return fc.stringMatching(new RegExp(pattern));
  const limits = { minLength, maxLength: Math.min(maxLength, minLength + 30) };
  return fc.oneof(
    fc.string({ ...limits, unit: 'grapheme-ascii' }),
    fc.string({ ...limits, unit: 'grapheme' }),
    fc.constantFrom('x'.repeat(Math.max(minLength, 1)), 'x'.repeat(maxLength)),
  );
};

const integerOf = ({ minimum = -1_000, maximum = 1_000_000 }: Schema): fc.Arbitrary<number> =>
  fc.oneof(fc.integer({ min: minimum, max: maximum }), fc.constantFrom(minimum, maximum));

interface Change {
  readonly kind: string;
  readonly part: unknown;
  readonly member: string;
}

/** Returns a copy of a value that is changed at one place: at a value in it, or at all of it. */
const changedAt = (value: unknown, place: number, change: Change): unknown => {
  if (typeof value !== 'object' || value === null) return change.part;
  const names = Object.keys(value);
  const nth = place % (names.length + 2);
  const name = names[nth];
  if (name !== undefined) {
    const rest = Math.floor(place / (names.length + 2));
    return changedMember(value, name, rest, change);
  }
  if (nth > names.length) return change.part;
  if (Array.isArray(value)) return [...(value as unknown[]), change.part];
  return { ...value, [change.member]: change.part };
};

const changedMember = (value: object, name: string, place: number, change: Change): unknown => {
  const copy: unknown[] | Record<string, unknown> = Array.isArray(value)
    ? [...(value as unknown[])]
    : { ...value };
  const members = copy as Record<string, unknown>;
  const present = members[name];
  if (change.kind === 'remove' && !Array.isArray(copy)) Reflect.deleteProperty(copy, name);
  else if (change.kind === 'repeat' && Array.isArray(copy)) copy.push(present);
  else members[name] = changedAt(present, place, change);
  return copy;
};

/** How a number or a flag may be written in a query or a header. */
export const oddParameter = (): fc.Arbitrary<string> =>
  fc.oneof(
    oddText(),
    oddNumber().map(String),
    fc.constantFrom('1,2', '[]', '1&limit=2', '+1', '01', ' 1', '1.0', '1e1', '2026-11-30', '0'),
    fc.constantFrom('2026-11-30T00:00:00Z', '2026-02-30T00:00:00Z', '+275760-09-13T00:00:00Z'),
    fc.constantFrom('burger%', 'TRUE', '1'.repeat(54), 'oldest', '9'.repeat(15), '-'),
    reference('cursor'),
    reference('position'),
  );
