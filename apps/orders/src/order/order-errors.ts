import type { ShortageDto } from '@app/contracts';
import { ServiceError } from '@app/errors';
import { allowedRequests, type CustomerRequest } from './lifecycle';
import { sentKey } from './idempotency-key';
import type { Order } from './order';

export const ORDER_ID_FAULT = 'must be a UUID, as POST /v1/orders returns it';

export const invalidOrderId = (): ServiceError =>
  ServiceError.invalid([{ field: 'id', fault: ORDER_ID_FAULT }]);

export const orderNotFound = (id: string): ServiceError =>
  new ServiceError('ORDER_NOT_FOUND', `There is no order ${id}.`, { metadata: { orderId: id } });

/** The request is not allowed in the order's status. Lists the requests that are. */
export const orderStateConflict = (
  { id, status }: Pick<Order, 'id' | 'status'>,
  request: CustomerRequest | 'retry',
): ServiceError => {
  const allowed = allowedRequests(status);
  return new ServiceError(
    'ORDER_STATE_CONFLICT',
    `Order ${id} is ${status}, which does not allow ${request}. ` +
      `Allowed: ${allowed.length > 0 ? allowed.join(', ') : 'nothing'}.`,
    { metadata: { orderId: id, orderStatus: status, allowed } },
  );
};

/** Each retry adds two events to the timeline. The reconciler itself makes a call every 5 to 10 s. */
export const MIN_RETRY_INTERVAL_MS = 5_000;

/** The order was retried less than 5 s ago, by any instance. */
export const retriedRecently = (id: string, waitMs: number): ServiceError =>
  new ServiceError(
    'RETRIED_RECENTLY',
    `Order ${id} was retried less than ${MIN_RETRY_INTERVAL_MS / 1_000} s ago. Nothing was done.`,
    { metadata: { orderId: id }, retryAfterMs: waitMs },
  );

/** The customer has used this key for an order with other contents. */
export const idempotencyKeyReused = ({
  id,
  idempotencyKey,
}: Pick<Order, 'id' | 'idempotencyKey'>): ServiceError =>
  new ServiceError(
    'IDEMPOTENCY_KEY_REUSED',
    `Idempotency-Key ${JSON.stringify(sentKey(idempotencyKey ?? ''))} belongs to order ${id}, which has other contents. ` +
      'Use a new key for a new order.',
    { metadata: { orderId: id } },
  );

/** Returns the SKU that differs from an unknown one only in case, or undefined. */
export type FindSimilarSku = (sku: string) => string | undefined;

/**
 * The response to placing an order that was cancelled: for an unknown SKU, for lack of stock, or for another
 * reason.
 */
export const placementFailed = (
  { id, cancelReason, shortages }: Pick<Order, 'id' | 'cancelReason' | 'shortages'>,
  findSimilarSku: FindSimilarSku = () => undefined,
): ServiceError => {
  if (cancelReason !== 'INSUFFICIENT_STOCK') {
    return new ServiceError('ORDER_CANCELLED', `Order ${id} was cancelled (${cancelReason}).`, {
      metadata: { orderId: id, cancelReason },
    });
  }
  const isUnknown = shortages.some(({ reason }) => reason === 'UNKNOWN_SKU');
  const lines = shortages.map((shortage) => describeShortage(shortage, findSimilarSku));
  return new ServiceError(
    isUnknown ? 'UNKNOWN_SKU' : 'INSUFFICIENT_STOCK',
    `Not enough stock: ${lines.join(', ')}.`,
    { metadata: { orderId: id, shortages } },
  );
};

const describeShortage = (
  { sku, requested, available, reason }: ShortageDto,
  findSimilarSku: FindSimilarSku,
): string => {
  if (reason !== 'UNKNOWN_SKU') return `${sku} (${requested} requested, ${available} available)`;
  const similar = findSimilarSku(sku);
  return `${sku} (not a known SKU${similar === undefined ? '' : `; did you mean ${similar}?`})`;
};
