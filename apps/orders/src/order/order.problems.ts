import { EXAMPLE_ORDER } from './order.examples';

/** How requests about one order fail, as the documentation shows it. */
export const INVALID_ID = {
  reason: 'INVALID_REQUEST',
  detail: 'id must be a UUID, as POST /v1/orders answered it',
  fields: [{ field: 'id', fault: 'must be a UUID, as POST /v1/orders answered it' }],
} as const;
export const NOT_FOUND = {
  reason: 'ORDER_NOT_FOUND',
  detail: `There is no order ${EXAMPLE_ORDER.id}.`,
} as const;
export const conflict = (orderStatus: string, wanted: string, allowed: string[]) =>
  ({
    reason: 'ORDER_STATE_CONFLICT',
    detail: `Order ${EXAMPLE_ORDER.id} is ${orderStatus}, which rules out ${wanted}. ${
      allowed.length > 0 ? `It allows: ${allowed.join(', ')}.` : 'It allows no change.'
    }`,
    facts: { orderId: EXAMPLE_ORDER.id, orderStatus, allowed },
  }) as const;
