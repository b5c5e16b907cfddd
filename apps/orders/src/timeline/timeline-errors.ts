import { ServiceError } from '@app/errors';

/** Timelines that one instance streams at the same time. Each holds a connection. */
export const MAX_STREAMS = 1_000;

/** The client has read an event that is not in the order's timeline. */
export const timelineChanged = (orderId: string): ServiceError =>
  new ServiceError(
    'HISTORY_CHANGED',
    `The last event received of order ${orderId} is not in its timeline. Read the order again.`,
    { metadata: { orderId } },
  );

export const tooManyStreams = (): ServiceError =>
  new ServiceError(
    'OVERLOADED',
    `This instance already streams ${MAX_STREAMS} timelines. Try again later.`,
  );
