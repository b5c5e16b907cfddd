import { ValidateBy } from 'class-validator';
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
