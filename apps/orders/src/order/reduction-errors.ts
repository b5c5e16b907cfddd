import { LIMITS, type LineDto } from '@app/contracts';
import { type FieldViolation, ServiceError } from '@app/errors';
import type { Order } from './order';
import { unitsBySku } from './order-reduction';

/** Items of a request that name a SKU which the order never had. */
export const skusNotInOrder = (
  { items, originalItems }: Pick<Order, 'items' | 'originalItems'>,
  kept: readonly LineDto[],
): FieldViolation[] => {
  const skus = [...unitsBySku(originalItems ?? items).keys()];
  return kept.flatMap(({ sku }, index) =>
    skus.includes(sku)
      ? []
      : [{ field: `items[${index}].sku`, fault: `must be one of the order: ${listOf(skus)}` }],
  );
};

/** An order has up to 100 SKUs of 64 characters. */
const MAX_LISTED = 10;

const listOf = (skus: readonly string[]): string =>
  skus.slice(0, MAX_LISTED).join(', ') +
  (skus.length > MAX_LISTED ? ` and ${skus.length - MAX_LISTED} more` : '');

/** An item of a request that names more units than the order has. */
export interface IncreasedItem {
  readonly sku: string;
  readonly requested: number;
  readonly present: number;
}

/** Returns the items that name more units than the order has. */
export const increasedItems = (
  { items }: Pick<Order, 'items'>,
  kept: readonly LineDto[],
): IncreasedItem[] => {
  const present = unitsBySku(items);
  return kept.flatMap(({ sku, quantity }) => {
    const units = present.get(sku) ?? 0;
    return quantity > units ? [{ sku, requested: quantity, present: units }] : [];
  });
};

export const quantityIncreased = (
  { id }: Pick<Order, 'id'>,
  increased: readonly IncreasedItem[],
): ServiceError =>
  new ServiceError(
    'QUANTITY_INCREASED',
    `Order ${id} cannot get more units: ${increased
      .map(
        ({ sku, requested, present }) => `${sku} (${requested} requested, ${present} in the order)`,
      )
      .join(', ')}.`,
    { metadata: { orderId: id, increased } },
  );

export const nothingLeft = ({ id }: Pick<Order, 'id'>): ServiceError =>
  new ServiceError(
    'NOTHING_LEFT',
    `The request would leave no unit of order ${id}. Cancel it with POST /v1/orders/${id}/cancel.`,
    { metadata: { orderId: id } },
  );

export const reducedTooOften = ({ id }: Pick<Order, 'id'>): ServiceError =>
  new ServiceError(
    'REDUCED_TOO_OFTEN',
    `Order ${id} was reduced ${LIMITS.maxReductions} times before. Keep its units, or cancel it.`,
    { metadata: { orderId: id } },
  );
