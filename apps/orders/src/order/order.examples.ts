import { getSchemaPath } from '@nestjs/swagger';
import { OrderDto } from './order.dto';

/** The order of all examples in the OpenAPI document. */
export const EXAMPLE_ORDER = {
  id: '01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55',
  userId: 'u-1',
  note: 'no onions',
  sku: 'burger',
  quantity: 4,
  items: [{ sku: 'burger', quantity: 4 }],
  createdAt: '2026-11-23T12:00:00.000Z',
  updatedAt: '2026-11-23T12:00:00.012Z',
};

export const EXAMPLE_SHORTAGES = [
  { sku: 'burger', requested: 4, available: 3, reason: 'NOT_ENOUGH' as const },
];

type Outcome = Pick<OrderDto, 'status' | 'cancelReason' | 'shortages'>;

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
