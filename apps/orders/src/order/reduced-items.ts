import type { LineDto } from '@app/contracts';
import { ServiceError } from '@app/errors';
import type { Order } from './order';
import { keepUnits } from './order-reduction';
import { increasedItems, nothingLeft, quantityIncreased, skusNotInOrder } from './reduction-errors';

/** Returns what is left of the items. Throws if the request names what the order does not have. */
export const reducedItems = (order: Order, kept: readonly LineDto[]): readonly LineDto[] => {
  const [unknown, ...others] = skusNotInOrder(order, kept);
  if (unknown) throw ServiceError.invalid([unknown, ...others]);
  const increased = increasedItems(order, kept);
  if (increased.length > 0) throw quantityIncreased(order, increased);
  const items = keepUnits(order.items, kept);
  if (items.length === 0) throw nothingLeft(order);
  return items;
};
