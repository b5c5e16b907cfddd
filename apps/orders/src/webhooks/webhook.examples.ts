import { getSchemaPath } from '@nestjs/swagger';
import { DeliveryDto, DeliveryPageDto, WebhookTestDto } from './webhook-delivery.dto';
import { WebhookDto, WebhookListDto, WebhookWithSecretDto } from './webhook.dto';

/** The webhook of all examples in the OpenAPI document. */
export const EXAMPLE_WEBHOOK = {
  id: '01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55',
  url: 'https://shop.example/hooks/orders',
  types: ['order.confirmed' as const, 'order.rejected' as const],
  description: "the shop's order screen",
  enabled: true,
  disabledAt: null,
  disabledReason: null,
  failingSince: null,
  previousSecretUntil: null,
  waiting: 0,
  parked: 0,
  createdAt: '2026-11-23T12:00:00.000Z',
  updatedAt: '2026-11-23T12:00:00.000Z',
} satisfies WebhookDto;

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=';

const DISABLED = {
  ...EXAMPLE_WEBHOOK,
  enabled: false,
  disabledAt: '2026-11-28T12:00:05.000Z',
  disabledReason: 'FAILING',
  failingSince: '2026-11-23T12:00:05.000Z',
} satisfies WebhookDto;

export const EXAMPLE_DELIVERY = {
  id: '01a205e9-7f9d-7672-84c8-648a6e3200e2-2',
  type: 'order.confirmed',
  key: '01a205e9-7f9d-7672-84c8-648a6e3200e2',
  status: 'PARKED',
  attempts: 38,
  nextAttemptAt: null,
  lastAttemptAt: '2026-11-24T12:00:00.000Z',
  responseCode: 503,
  error: 'The response was 503',
} satisfies DeliveryDto;

const QUEUED = {
  ...EXAMPLE_DELIVERY,
  id: '01a205e9-7f9d-7672-84c8-648a6e3200e2-3',
  type: 'order.fulfilled',
  status: 'QUEUED',
  attempts: 0,
  lastAttemptAt: null,
  responseCode: null,
  error: null,
} satisfies DeliveryDto;

const contentOf = (dto: new () => object, examples: Record<string, object>) => ({
  content: {
    'application/json': {
      schema: { $ref: getSchemaPath(dto) },
      examples: Object.fromEntries(
        Object.entries(examples).map(([name, value]) => [name, { value }]),
      ),
    },
  },
});

export const WEBHOOK_CONTENT = contentOf(WebhookDto, {
  enabled: EXAMPLE_WEBHOOK,
  disabled: DISABLED,
});

export const WEBHOOK_LIST_CONTENT = contentOf(WebhookListDto, {
  one: { webhooks: [EXAMPLE_WEBHOOK] },
});

export const CREATED_CONTENT = contentOf(WebhookWithSecretDto, {
  created: { ...EXAMPLE_WEBHOOK, secret: SECRET },
});

export const ROTATED_CONTENT = contentOf(WebhookWithSecretDto, {
  rotated: {
    ...EXAMPLE_WEBHOOK,
    previousSecretUntil: '2026-11-24T12:00:00.000Z',
    updatedAt: '2026-11-23T12:00:00.000Z',
    secret: SECRET,
  },
});

export const TEST_CONTENT = contentOf(WebhookTestDto, {
  delivered: { delivered: true, responseCode: 204, error: null, durationMs: 48 },
  failed: {
    delivered: false,
    responseCode: null,
    error: 'connect ECONNREFUSED 203.0.113.7:443',
    durationMs: 3,
  },
});

export const DELIVERY_PAGE_CONTENT = contentOf(DeliveryPageDto, {
  'a parked one': { deliveries: [QUEUED, EXAMPLE_DELIVERY], nextCursor: null },
});

export const REDELIVERED_CONTENT = contentOf(DeliveryDto, {
  redelivered: {
    ...EXAMPLE_DELIVERY,
    status: 'RETRYING',
    nextAttemptAt: '2026-11-25T09:30:00.000Z',
  },
});

export const DISCARDED_CONTENT = contentOf(DeliveryDto, {
  discarded: { ...EXAMPLE_DELIVERY, status: 'DISCARDED' },
});
