import { ServiceError } from '@app/errors';

export const invalidPosition = (): ServiceError =>
  ServiceError.invalid([{ field: 'after', fault: 'must be a position of a stream of events' }]);

export const tooManyStreams = (maxStreams: number): ServiceError =>
  new ServiceError('OVERLOADED', `Too many streams of events (${maxStreams}); try again later.`);

export const streamShutDown = (): ServiceError =>
  new ServiceError(
    'SHUTTING_DOWN',
    'This instance is shutting down; resume at another instance after the last position.',
  );

export const streamConnectionExpired = (): ServiceError =>
  new ServiceError(
    'CONNECTION_EXPIRED',
    'The connection has reached its maximum age; resume on a new one after the last position.',
  );

export const streamTooSlow = (): ServiceError =>
  new ServiceError(
    'WATCH_TOO_SLOW',
    'The client has not read for too long; resume after the last position.',
  );
