import { ServiceError } from '@app/errors';

/** Streams of events that one instance serves. Each holds a connection. */
export const MAX_FOLLOWERS = 1_000;

export const tooManyFollowers = (): ServiceError =>
  new ServiceError(
    'OVERLOADED',
    `This instance already has ${MAX_FOLLOWERS} streams of events. Try again later.`,
  );

/** `field`: the header or parameter that has the token. */
export const invalidToken = (field: string): ServiceError =>
  ServiceError.invalid([{ field, fault: 'must be the id of an event of this stream' }]);
