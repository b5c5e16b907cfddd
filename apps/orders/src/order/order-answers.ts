import type { ShortageDto } from '@app/contracts';
import { ServiceError } from '@app/errors';
import type { Order } from './order';

export const orderNotFound = (id: string): ServiceError =>
  new ServiceError('ORDER_NOT_FOUND', `There is no order ${id}.`, { metadata: { orderId: id } });

/** Cancelled, and not because anybody asked for that: to its customer, placing it has failed. */
export const wasRefused = ({ status, cancelReason }: Order): boolean =>
  status === 'CANCELLED' && cancelReason !== 'REQUESTED';

/** What a customer is told of an order that was not to be had. */
export const cancelled = ({ id, cancelReason, shortages }: Order): ServiceError => {
  if (cancelReason !== 'INSUFFICIENT_STOCK') {
    const message = `Order ${id} was cancelled (${cancelReason}).`;
    return new ServiceError('ORDER_CANCELLED', message, {
      metadata: { orderId: id, cancelReason },
    });
  }
  return new ServiceError(
    'INSUFFICIENT_STOCK',
    `Not enough stock: ${shortages.map(inWords).join(', ')}.`,
    { metadata: { orderId: id, shortages } },
  );
};

const inWords = ({ sku, requested, available, reason }: ShortageDto): string =>
  reason === 'UNKNOWN_SKU'
    ? `${sku} (not a known SKU)`
    : `${sku} (${requested} requested, ${available} available)`;
