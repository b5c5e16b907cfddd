import { grpcStatusOf, reasonFromTrailer } from './grpc-status';
import { internalError, ServiceError } from './service-error';

it('uses the field names of the proto file', () => {
  const error = ServiceError.invalid([{ field: 'lines[0].reservationId', fault: 'must be A-Z' }]);
  expect(grpcStatusOf(error)).toMatchObject({
    code: 3,
    details: 'lines[0].reservation_id must be A-Z',
  });
});

it('keeps the trailer below the limit of clients for any number of invalid fields', () => {
  const [first, ...rest] = Array.from({ length: 200 }, (_, index) => ({
    field: `lines[${index}].sku`,
    fault: 'must be 1 to 64 characters out of A-Z a-z 0-9 . _ -',
  }));
  const [trailer] = first
    ? grpcStatusOf(ServiceError.invalid([first, ...rest])).metadata.get('grpc-status-details-bin')
    : [];
  expect(Buffer.from(trailer ?? '').toString('base64').length).toBeLessThan(8_192);
  expect(String(trailer)).toContain('fields_left_out');
});

it('puts the reason into the trailer', () => {
  const error = new ServiceError('INSUFFICIENT_STOCK', 'insufficient stock', {
    metadata: { shortages: [{ sku: 'burger' }] },
    preconditions: [{ subject: 'sku/burger', description: 'none left' }],
  });
  expect(reasonFromTrailer(grpcStatusOf(error).metadata)).toBe('INSUFFICIENT_STOCK');
});

it('reveals nothing of an unexpected error', () => {
  const secret = new Error('select password from users');
  const { details, metadata } = grpcStatusOf(internalError(secret));
  const [trailer] = metadata.get('grpc-status-details-bin');
  expect(`${details} ${String(trailer)}`).not.toContain('password');
});

it('tells how long to wait, if the error does', () => {
  const trailerOf = (retryAfterMs?: number) => {
    const options = retryAfterMs === undefined ? {} : { retryAfterMs };
    const { metadata } = grpcStatusOf(new ServiceError('OVERLOADED', 'too many', options));
    return String(metadata.get('grpc-status-details-bin')[0]);
  };
  expect(trailerOf(1_500)).toContain('google.rpc.RetryInfo');
  expect(trailerOf()).not.toContain('RetryInfo');
});
