import { ServiceError } from '@app/errors';
import { allowedRequests, type DeliveryRequest, type DeliveryStatus } from './delivery';

export const MAX_WEBHOOKS = 50;

export const WEBHOOK_ID_FAULT = 'must be a UUID, as POST /v1/webhooks returns it';

export const invalidWebhookId = (): ServiceError =>
  ServiceError.invalid([{ field: 'id', fault: WEBHOOK_ID_FAULT }]);

export const webhookNotFound = (id: string): ServiceError =>
  new ServiceError('WEBHOOK_NOT_FOUND', `There is no webhook ${id}.`, {
    metadata: { webhookId: id },
  });

export const tooManyWebhooks = (): ServiceError =>
  new ServiceError(
    'TOO_MANY_WEBHOOKS',
    `There are ${MAX_WEBHOOKS} webhooks already, which is the maximum. Delete one first.`,
  );

/** A disabled webhook receives nothing. */
export const webhookDisabled = (id: string): ServiceError =>
  new ServiceError(
    'WEBHOOK_DISABLED',
    `Webhook ${id} is disabled, so that nothing is delivered to it. Enable it first.`,
    { metadata: { webhookId: id } },
  );

export const deliveryNotFound = (webhookId: string, deliveryId: string): ServiceError =>
  new ServiceError(
    'DELIVERY_NOT_FOUND',
    `Webhook ${webhookId} has no delivery ${deliveryId}: it was delivered at the first attempt or some time ago, or it never existed.`,
    { metadata: { webhookId, deliveryId } },
  );

/** The status of the delivery does not allow the request. Lists the requests that it allows. */
export const deliveryStateConflict = (
  { id, status }: { readonly id: string; readonly status: DeliveryStatus },
  request: DeliveryRequest,
): ServiceError => {
  const allowed = allowedRequests(status);
  return new ServiceError(
    'DELIVERY_STATE_CONFLICT',
    `Delivery ${id} is ${status}, which does not allow ${request}. Allowed: ${allowed.join(', ')}.`,
    { metadata: { deliveryId: id, deliveryStatus: status, allowed } },
  );
};

/** Test events that one instance sends at a time. Each holds a place of a request. */
export const MAX_TESTS = 4;

export const tooManyTests = (): ServiceError =>
  new ServiceError(
    'OVERLOADED',
    `This instance is sending ${MAX_TESTS} test events already. Nothing was done; try again shortly.`,
  );
