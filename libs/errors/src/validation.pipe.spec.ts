import { ValidateBy } from 'class-validator';
import { RequestValidationPipe } from './validation.pipe';

const nested = (levels: number): object => (levels === 0 ? {} : { inner: nested(levels - 1) });

it('leaves alone what is not of the request, however it is built', async () => {
  const pipe = new RequestValidationPipe();
  const call = nested(20);
  await expect(pipe.transform(call, { type: 'body', metatype: Object })).rejects.toMatchObject({
    reason: 'INVALID_REQUEST',
  });
  await expect(pipe.transform(call, { type: 'custom', metatype: Object })).resolves.toBe(call);
});

it('refuses a list or an object of more than 1,000 before the rules go through it', async () => {
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
