import { getSchemaPath } from '@nestjs/swagger';
import { EXAMPLE_METADATA, OrderDto } from './order.dto';

/** The order of all examples in the OpenAPI document. */
export const EXAMPLE_ORDER = {
  id: '01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55',
  userId: 'u-1',
  note: 'no onions',
  externalId: 'shop-1042',
  metadata: EXAMPLE_METADATA,
  sku: 'burger',
  quantity: 4,
  items: [{ sku: 'burger', quantity: 4 }],
  createdAt: '2026-11-23T12:00:00.000Z',
  updatedAt: '2026-11-23T12:00:00.012Z',
};

export const EXAMPLE_SHORTAGES = [
  { sku: 'burger', requested: 4, available: 3, reason: 'NOT_ENOUGH' as const },
];

/** What `PATCH` changes in the order of the examples. */
export const EXAMPLE_REDUCTION = {
  quantity: 3,
  items: [{ sku: 'burger', quantity: 3 }],
  originalItems: [{ sku: 'burger', quantity: 4 }],
};

export const EXAMPLE_UNKNOWN = [
  { sku: 'Burger', requested: 4, available: 0, reason: 'UNKNOWN_SKU' as const },
];

type Outcome = Pick<OrderDto, 'status'> & Partial<OrderDto>;

/** The content of a response that is an order, with an example for each outcome. */
export const orderContent = (...outcomes: Outcome[]) => ({
  content: {
    'application/json': {
      schema: { $ref: getSchemaPath(OrderDto) },
      examples: Object.fromEntries(
        outcomes.map((outcome) => [outcome.status, { value: { ...EXAMPLE_ORDER, ...outcome } }]),
      ),
    },
  },
});
