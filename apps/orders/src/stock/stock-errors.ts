import { skuFault } from '@app/contracts';
import { ServiceError } from '@app/errors';

export const invalidSku = (): ServiceError =>
  ServiceError.invalid([{ field: 'sku', fault: skuFault('a b') ?? '' }]);

export const skuNotFound = (sku: string): ServiceError =>
  new ServiceError('SKU_NOT_FOUND', `There is no SKU ${sku}.`);

/** Inventory is unavailable, and its last answer is not cached. */
export const inventoryUnavailable = (): ServiceError =>
  new ServiceError(
    'INVENTORY_UNAVAILABLE',
    'Inventory is unavailable, and its last answer to this request is not known. Try again shortly.',
  );
