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
