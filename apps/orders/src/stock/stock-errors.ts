import { skuFault } from '@app/contracts';
import { ServiceError } from '@app/errors';

export const invalidSku = (): ServiceError =>
  ServiceError.invalid([{ field: 'sku', fault: skuFault('a b') ?? '' }]);

/** `similar` is a known SKU that differs only in case. */
export const skuNotFound = (sku: string, similar?: string): ServiceError =>
  new ServiceError(
    'SKU_NOT_FOUND',
    `There is no SKU ${sku}${similar === undefined ? '.' : `; did you mean ${similar}?`}`,
  );

/** Inventory is unavailable, and its last answer is not cached. */
export const inventoryUnavailable = (): ServiceError =>
  new ServiceError(
    'INVENTORY_UNAVAILABLE',
    'Inventory is unavailable, and its last answer to this request is not known. Try again shortly.',
  );
