import { grpcStatusOf, reasonFromTrailer } from './grpc-status';
import { internalError, ServiceError } from './service-error';

it('names fields as the proto file does', () => {
  const error = ServiceError.invalid([{ field: 'lines[0].reservationId', fault: 'must be A-Z' }]);
  expect(grpcStatusOf(error)).toMatchObject({
    code: 3,
    details: 'lines[0].reservation_id must be A-Z',
  });
});

it('carries the reason in the trailer', () => {
  const error = new ServiceError('INSUFFICIENT_STOCK', 'insufficient stock', {
    facts: { shortages: [{ sku: 'burger' }] },
    preconditions: [{ subject: 'sku/burger', description: 'none left' }],
  });
  expect(reasonFromTrailer(grpcStatusOf(error).metadata)).toBe('INSUFFICIENT_STOCK');
});

it('lets nothing of an unforeseen error out', () => {
  const secret = new Error('select password from users');
  const { details, metadata } = grpcStatusOf(internalError(secret));
  const [trailer] = metadata.get('grpc-status-details-bin');
  expect(`${details} ${String(trailer)}`).not.toContain('password');
});
