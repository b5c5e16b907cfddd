import { Type } from 'class-transformer';
import { Allow, ValidateBy, ValidateNested } from 'class-validator';
import { startCpuTimer } from '../../../test/harness/cpu-time';
import type { FieldViolation, ServiceError } from './service-error';
import { RequestValidationPipe } from './validation.pipe';

const nested = (levels: number): object => (levels === 0 ? {} : { inner: nested(levels - 1) });

it('does not validate parameters that are not part of the request', async () => {
  const pipe = new RequestValidationPipe();
  const call = nested(20);
  await expect(pipe.transform(call, { type: 'body', metatype: Object })).rejects.toMatchObject({
    reason: 'INVALID_REQUEST',
  });
  await expect(pipe.transform(call, { type: 'custom', metatype: Object })).resolves.toBe(call);
});

it('rejects a list or an object with more than 1,000 entries before its rules run', async () => {
  const pipe = new RequestValidationPipe();
  const rules = jest.fn(() => true);
  class Listing {
    @ValidateBy({ name: 'rule', validator: { validate: rules } })
    list!: unknown;
  }
  const listing = (size: number) =>
    pipe.transform({ list: Array(size).fill({}) }, { type: 'body', metatype: Listing });
  await expect(listing(1_001)).rejects.toMatchObject({
    fields: [{ field: 'list', fault: 'must not have more than 1000 entries' }],
  });
  expect(rules).not.toHaveBeenCalled();
  await expect(listing(1_000)).resolves.toBeInstanceOf(Listing);

  const many = Object.fromEntries(Array.from({ length: 1_001 }, (_each, index) => [index, 1]));
  await expect(pipe.transform(many, { type: 'body', metatype: Listing })).rejects.toMatchObject({
    fields: [{ field: 'body', fault: 'must not have more than 1000 entries' }],
  });
});

it('rejects a body with too many values in all before its rules run, and names the field', async () => {
  const pipe = new RequestValidationPipe({ maxValues: 500 });
  const rules = jest.fn(() => true);
  class Body {
    @ValidateBy({ name: 'rule', validator: { validate: rules } })
    list!: unknown;
  }
  const check = (value: object) => pipe.transform(value, { type: 'body', metatype: Body });
  const fault = 'must not have more than 500 values in all';
  await expect(check({ list: Array(10).fill(Array(50).fill([])) })).rejects.toMatchObject({
    fields: [{ field: 'list', fault }],
  });
  await expect(check({ list: nested(501) })).rejects.toMatchObject({
    fields: [{ field: 'list', fault }],
  });
  const scattered = Object.fromEntries(
    Array.from({ length: 20 }, (_each, index) => [`f${index}`, Array(30).fill(0)]),
  );
  await expect(check(scattered)).rejects.toMatchObject({ fields: [{ field: 'body', fault }] });
  expect(rules).not.toHaveBeenCalled();
  await expect(check({ list: Array(499).fill({}) })).resolves.toBeInstanceOf(Body);
});

describe('an unknown name', () => {
  class Entry {
    @ValidateBy({ name: 'rule', validator: { validate: () => true } })
    weight!: unknown;
  }
  class Parcel extends Entry {
    @ValidateBy({ name: 'rule', validator: { validate: () => true } })
    address!: unknown;

    @ValidateNested({ each: true })
    @Type(() => Entry)
    entries!: Entry[];
  }
  const fieldsOf = (value: object, type: 'body' | 'query' = 'body') =>
    new RequestValidationPipe()
      .transform(value, { type, metatype: Parcel })
      .catch((error: unknown) => (error as ServiceError).fields);

  it.each([
    [{ adress: 1 }, 'adress', 'is not a known field; did you mean address?'],
    [{ wieght: 1 }, 'wieght', 'is not a known field; did you mean weight?'],
    [
      { entries: [{ Weight: 1 }] },
      'entries[0].Weight',
      'is not a known field; did you mean weight?',
    ],
    [{ entries: [{ adress: 1 }] }, 'entries[0].adress', 'is not a known field; remove it'],
    [{ color: 1 }, 'color', 'is not a known field; remove it'],
  ])('in %j is answered with the nearest name of its object', async (value, field, fault) => {
    expect(await fieldsOf(value)).toEqual([{ field, fault }]);
  });

  it('of a query is called a parameter', async () => {
    expect(await fieldsOf({ adress: 1 }, 'query')).toEqual([
      { field: 'adress', fault: 'is not a known query parameter; did you mean address?' },
    ]);
  });

  it('is answered with a suggestion as often as an answer lists fields, in little time', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 500 }, (_each, index) => [
        `adress${index % 9}${'\u0301'.repeat(index)}`,
        1,
      ]),
    );
    const cpuMs = startCpuTimer();
    const fields = (await fieldsOf({ ...many, adress: 1, addres: 1 })) as FieldViolation[];
    expect(cpuMs()).toBeLessThan(500);
    expect(fields).toHaveLength(502);
  });
});

it.each([
  ['__proto__', '{"address":1,"__proto__":{}}', '__proto__'],
  [
    'constructor, deep inside',
    '{"address":{"a":[{"constructor":"x"}]}}',
    'address.a[0].constructor',
  ],
  ['prototype', '{"address":1,"prototype":null}', 'prototype'],
  ['toString', '{"address":1,"toString":"x"}', 'toString'],
  ['valueOf, deep inside', '{"address":{"valueOf":"x"}}', 'address.valueOf'],
  ['hasOwnProperty', '{"address":1,"hasOwnProperty":true}', 'hasOwnProperty'],
])('rejects the name %s, and calls it reserved', async (_what, json, field) => {
  class Letter {
    @ValidateBy({ name: 'rule', validator: { validate: () => true } })
    address!: unknown;
  }
  const pipe = new RequestValidationPipe();
  await expect(
    pipe.transform(JSON.parse(json), { type: 'body', metatype: Letter }),
  ).rejects.toMatchObject({
    fields: [{ field, fault: 'is a reserved name; remove it or use another one' }],
  });
});

it('reports faulty entries of a map together with the violations of rules', async () => {
  class Tagged {
    static entryViolationsOf(body: unknown): FieldViolation[] {
      const { tags } = body as { tags: Record<string, unknown> };
      return Object.entries(tags)
        .filter(([, value]) => typeof value !== 'string')
        .map(([key]) => ({ field: `tags.${key}`, fault: 'must be text' }));
    }

    @Allow()
    tags!: Record<string, string>;

    @ValidateBy({
      name: 'rule',
      validator: { validate: (value) => value === 1, defaultMessage: () => 'must be 1' },
    })
    count!: unknown;
  }
  const check = (value: object): Promise<unknown> =>
    new RequestValidationPipe().transform(value, { type: 'body', metatype: Tagged });
  await expect(check({ tags: { a: 'x', b: 7 }, count: 2 })).rejects.toMatchObject({
    fields: [
      { field: 'tags.b', fault: 'must be text' },
      { field: 'count', fault: 'must be 1' },
    ],
  });
  await expect(check({ tags: { b: 7 }, count: 1 })).rejects.toMatchObject({
    fields: [{ field: 'tags.b', fault: 'must be text' }],
  });
  expect(await check({ tags: { a: 'x' }, count: 1 })).toEqual({ tags: { a: 'x' }, count: 1 });
});

it('an empty body is told first what its class accepts', async () => {
  class Ticket {
    static readonly emptyFault = 'must be {"seat": …}';

    @ValidateBy({
      name: 'rule',
      validator: { validate: Boolean, defaultMessage: () => 'is required' },
    })
    seat!: unknown;
  }
  const pipe = new RequestValidationPipe();
  await expect(pipe.transform({}, { type: 'body', metatype: Ticket })).rejects.toMatchObject({
    message: 'body must be {"seat": …}',
    fields: [
      { field: 'body', fault: 'must be {"seat": …}' },
      { field: 'seat', fault: 'is required' },
    ],
  });
});

it('repeats only the beginning of a long name', async () => {
  const pipe = new RequestValidationPipe();
  const body = { ['n'.repeat(10_000)]: 1 };
  class Known {
    @ValidateBy({ name: 'rule', validator: { validate: () => true } })
    known!: unknown;
  }
  await expect(pipe.transform(body, { type: 'body', metatype: Known })).rejects.toMatchObject({
    fields: [{ field: `${'n'.repeat(100)}…`, fault: 'is not a known field; remove it' }],
  });
});
