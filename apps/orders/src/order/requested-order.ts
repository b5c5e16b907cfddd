import { storedKey } from './idempotency-key';
import type { NewOrder } from './order';
import { FOR_ANY_CUSTOMER, type Requester } from './requester';

type Request = Omit<NewOrder, 'id'>;

/** Returns a new order with its key as it is stored, and with the actor that places it. */
export const requestedOrder = (request: Request, by: Requester): Request =>
  by === FOR_ANY_CUSTOMER
    ? request
    : {
        ...request,
        idempotencyKey: storedKey(request.idempotencyKey, request.userId, by.subject),
        placedBy: by.actor,
      };

/**
 * Returns the actors of the orders that their customers have not placed themselves, as a JSON object by order
 * id; null without any, as usual.
 */
export const actorsOf = (orders: readonly NewOrder[]): string | null => {
  const placed = orders.filter(({ placedBy = 'CUSTOMER' }) => placedBy !== 'CUSTOMER');
  if (placed.length === 0) return null;
  return JSON.stringify(Object.fromEntries(placed.map(({ id, placedBy }) => [id, placedBy])));
};
