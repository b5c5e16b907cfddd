import { Controller, Get, HttpCode, HttpStatus, Param, Post, Query } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { CancellationSignal } from '@app/batching';
import { databaseUnavailable } from '@app/postgres';
import { Allow } from '../access/allow.decorator';
import { ApiProblems } from '../http/api-problem';
import { Caller } from '../http/caller';
import { invalidPageSize, overloaded } from '../http/http-errors';
import { DEFAULT_PAGE_SIZE } from '../http/page-size';
import {
  DeliveryDto,
  DeliveryIdDto,
  DeliveryPageDto,
  ListDeliveriesDto,
  toDeliveryDto,
} from './webhook-delivery.dto';
import {
  deliveryNotFound,
  deliveryStateConflict,
  invalidWebhookId,
  webhookDisabled,
  webhookNotFound,
} from './webhook-errors';
import {
  DELIVERY_PAGE_CONTENT,
  DISCARDED_CONTENT,
  EXAMPLE_DELIVERY,
  EXAMPLE_WEBHOOK,
  REDELIVERED_CONTENT,
} from './webhook.examples';
import { WebhookIdDto } from './webhook.dto';
import { WebhookService } from './webhook.service';

const { id } = EXAMPLE_WEBHOOK;
const PATH = `/v1/webhooks/${id}/deliveries`;

const COMMON_ERRORS = [webhookNotFound(id), overloaded(), databaseUnavailable()];

/** The deliveries of a webhook that wait, are parked, or were done lately. */
@ApiTags('Webhooks')
@ApiExtraModels(DeliveryDto, DeliveryPageDto)
@Controller('v1/webhooks/:id/deliveries')
export class WebhookDeliveryController {
  constructor(private readonly webhooks: WebhookService) {}

  /**
   * List the deliveries of a webhook
   * @remarks Returns the deliveries that wait or are parked, and the last 200 that are done, the latest event
   * first. Of events that were received at the first attempt it has a sample under load.
   */
  @Allow('events')
  @Get()
  @ApiOkResponse({ description: 'A page of deliveries.', ...DELIVERY_PAGE_CONTENT })
  @ApiProblems(`${PATH}?limit=0`, invalidPageSize(), ...COMMON_ERRORS)
  async listWebhookDeliveries(
    @Param() { id }: WebhookIdDto,
    @Query() { status, cursor, limit = DEFAULT_PAGE_SIZE }: ListDeliveriesDto,
    @Caller() signal: CancellationSignal,
  ): Promise<DeliveryPageDto> {
    const query = {
      limit,
      ...(status && { statuses: status }),
      ...(cursor !== undefined && { before: Number(cursor) }),
    };
    const page = await this.webhooks.listDeliveries(id, query, { signal });
    const nextCursor = page.next === undefined ? null : String(page.next);
    return { deliveries: page.items.map(toDeliveryDto), nextCursor };
  }

  /**
   * Deliver an event again
   * @remarks Attempts the delivery now, also one that is parked, done or discarded. If the attempt fails, it is
   * retried and finally parked as at first. Later events of its key wait meanwhile. One that is QUEUED is
   * delivered after the one before it.
   */
  @Allow('events')
  @Post(':deliveryId/redeliver')
  @HttpCode(HttpStatus.OK)
  @ApiOkResponse({ description: 'The delivery, which is due.', ...REDELIVERED_CONTENT })
  @ApiProblems(
    `${PATH}/${EXAMPLE_DELIVERY.id}/redeliver`,
    invalidWebhookId(),
    deliveryNotFound(id, EXAMPLE_DELIVERY.id),
    deliveryStateConflict({ id: EXAMPLE_DELIVERY.id, status: 'QUEUED' }, 'redeliver'),
    webhookDisabled(id),
    ...COMMON_ERRORS,
  )
  async redeliverWebhookDelivery(@Param() { id, deliveryId }: DeliveryIdDto): Promise<DeliveryDto> {
    return toDeliveryDto(await this.webhooks.redeliver(id, deliveryId));
  }

  /**
   * Give a delivery up
   * @remarks The receiver does not get the event. Later events of its key go on.
   */
  @Allow('events')
  @Post(':deliveryId/discard')
  @HttpCode(HttpStatus.OK)
  @ApiOkResponse({ description: 'The delivery, which is discarded.', ...DISCARDED_CONTENT })
  @ApiProblems(
    `${PATH}/${EXAMPLE_DELIVERY.id}/discard`,
    invalidWebhookId(),
    deliveryNotFound(id, EXAMPLE_DELIVERY.id),
    deliveryStateConflict({ id: EXAMPLE_DELIVERY.id, status: 'DELIVERED' }, 'discard'),
    ...COMMON_ERRORS,
  )
  async discardWebhookDelivery(@Param() { id, deliveryId }: DeliveryIdDto): Promise<DeliveryDto> {
    return toDeliveryDto(await this.webhooks.discard(id, deliveryId));
  }
}
