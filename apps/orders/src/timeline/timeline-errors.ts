import { ServiceError } from '@app/errors';

/** Timelines that one instance streams at the same time. Each holds a connection. */
export const MAX_STREAMS = 1_000;

export const tooManyStreams = (): ServiceError =>
  new ServiceError(
    'OVERLOADED',
    `This instance already streams ${MAX_STREAMS} timelines. Try again later.`,
  );
