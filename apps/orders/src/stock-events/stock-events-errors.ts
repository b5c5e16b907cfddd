import { LIMITS } from '@app/contracts';
import { ServiceError } from '@app/errors';

/** Stock streams of one instance. Each is a call on the connection that carries the reservations. */
export const MAX_FOLLOWERS = 250;

export const invalidSkus = (): ServiceError =>
  ServiceError.invalid([
    { field: 'skus', fault: `must have 1 to ${LIMITS.maxLines} SKUs, separated by commas` },
  ]);

export const invalidStockToken = (): ServiceError =>
  ServiceError.invalid([
    { field: 'Last-Event-ID', fault: 'must be the id of an event of a stream of the same SKUs' },
  ]);

/** The client has read a change that Inventory does not have. */
export const stockHistoryChanged = (): ServiceError =>
  new ServiceError(
    'HISTORY_CHANGED',
    'The last change received is not in the ledger of Inventory. Follow the stock without Last-Event-ID.',
  );

export const tooManyFollowers = (): ServiceError =>
  new ServiceError(
    'OVERLOADED',
    `This instance already has ${MAX_FOLLOWERS} stock streams. Try again later.`,
  );
