import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  HttpStatus,
  Param,
  Patch,
  Post,
  Res,
} from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiExtraModels,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';
import type { CancellationSignal } from '@app/batching';
import { ServiceError } from '@app/errors';
import { databaseUnavailable } from '@app/postgres';
import { Allow } from '../access/allow.decorator';
import { ApiProblems } from '../http/api-problem';
import { Caller } from '../http/caller';
import { publicPrefix } from '../http/forwarded';
import { overloaded } from '../http/http-errors';
import { webhookUrlFault } from './webhook';
import { WebhookTestDto } from './webhook-delivery.dto';
import { invalidWebhookId, tooManyTests, tooManyWebhooks, webhookNotFound } from './webhook-errors';
import {
  CREATED_CONTENT,
  EXAMPLE_WEBHOOK,
  ROTATED_CONTENT,
  TEST_CONTENT,
  WEBHOOK_CONTENT,
  WEBHOOK_LIST_CONTENT,
} from './webhook.examples';
import {
  CreateWebhookDto,
  toWebhookChanges,
  toWebhookDto,
  toWebhookSettings,
  toWebhookWithSecretDto,
  UpdateWebhookDto,
  WebhookDto,
  WebhookIdDto,
  WebhookListDto,
  WebhookWithSecretDto,
} from './webhook.dto';
import { WebhookService } from './webhook.service';

const { id } = EXAMPLE_WEBHOOK;
const PATH = `/v1/webhooks/${id}`;

const LOCATION = {
  description: 'The path of the webhook, below the prefix of a trusted proxy.',
  schema: { type: 'string' },
} as const;

const BODIES = {
  'some types': {
    value: { url: EXAMPLE_WEBHOOK.url, types: ['order.confirmed', 'order.rejected'] },
  },
  'all types': { value: { url: EXAMPLE_WEBHOOK.url } },
};
const CHANGES = {
  disable: { value: { enabled: false } },
  'other types': { value: { types: ['order.fulfilled'] } },
};

const INVALID_BODY = ServiceError.invalid([
  { field: 'url', fault: webhookUrlFault('shop.example') ?? '' },
]);
const COMMON_ERRORS = [webhookNotFound(id), overloaded(), databaseUnavailable()];

/** The webhooks: endpoints of other systems that receive events. */
@ApiTags('Webhooks')
@ApiExtraModels(WebhookDto, WebhookListDto, WebhookWithSecretDto, WebhookTestDto)
@Controller('v1/webhooks')
export class WebhookController {
  constructor(private readonly webhooks: WebhookService) {}

  /**
   * Create a webhook
   * @remarks Registers a URL that receives events as `POST` requests in the format of Standard Webhooks. It
   * receives the events that get a position in the log from now on; earlier ones are at `GET /v1/events`. The
   * `secret` of the response signs the requests. It is shown only here, so store it. There are at most 50
   * webhooks.
   */
  @Allow('events')
  @Post()
  @ApiBody({ type: CreateWebhookDto, examples: BODIES })
  @ApiCreatedResponse({
    description: 'The webhook with its secret.',
    headers: { Location: LOCATION },
    ...CREATED_CONTENT,
  })
  @ApiProblems('/v1/webhooks', INVALID_BODY, tooManyWebhooks(), overloaded(), databaseUnavailable())
  async createWebhook(
    @Body() body: CreateWebhookDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<WebhookWithSecretDto> {
    const { webhook, secret } = await this.webhooks.create(toWebhookSettings(body));
    response.setHeader('Location', `${publicPrefix(response.req)}/v1/webhooks/${webhook.id}`);
    return toWebhookWithSecretDto(webhook, secret);
  }

  /**
   * List the webhooks
   * @remarks Returns all webhooks, the oldest first, with the number of deliveries that wait or are parked.
   */
  @Allow('events')
  @Get()
  @ApiOkResponse({ description: 'All webhooks.', ...WEBHOOK_LIST_CONTENT })
  @ApiProblems('/v1/webhooks', overloaded(), databaseUnavailable())
  async listWebhooks(@Caller() signal: CancellationSignal): Promise<WebhookListDto> {
    const webhooks = await this.webhooks.list({ signal });
    return { webhooks: webhooks.map(toWebhookDto) };
  }

  /**
   * Read one webhook
   * @remarks Returns its settings, whether it is enabled, and how its deliveries are.
   */
  @Allow('events')
  @Get(':id')
  @ApiOkResponse({ description: 'The webhook.', ...WEBHOOK_CONTENT })
  @ApiProblems(PATH, invalidWebhookId(), ...COMMON_ERRORS)
  async getWebhook(
    @Param() { id }: WebhookIdDto,
    @Caller() signal: CancellationSignal,
  ): Promise<WebhookDto> {
    return toWebhookDto(await this.webhooks.get(id, { signal }));
  }

  /**
   * Change a webhook
   * @remarks Changes the fields that the body has, from the next attempt on. `enabled: false` discards the
   * deliveries that wait. `enabled: true` begins with the next event: read what happened meanwhile from
   * `GET /v1/events`.
   */
  @Allow('events')
  @Patch(':id')
  @ApiBody({ type: UpdateWebhookDto, required: false, examples: CHANGES })
  @ApiOkResponse({ description: 'The webhook as it is now.', ...WEBHOOK_CONTENT })
  @ApiProblems(PATH, INVALID_BODY, ...COMMON_ERRORS)
  async updateWebhook(
    @Param() { id }: WebhookIdDto,
    @Body() body: UpdateWebhookDto,
  ): Promise<WebhookDto> {
    return toWebhookDto(await this.webhooks.update(id, toWebhookChanges(body)));
  }

  /**
   * Delete a webhook
   * @remarks Nothing more is sent to it. Its deliveries are deleted, also those that wait.
   */
  @Allow('events')
  @Delete(':id')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiNoContentResponse({ description: 'The webhook is deleted.' })
  @ApiProblems(PATH, invalidWebhookId(), ...COMMON_ERRORS)
  async deleteWebhook(@Param() { id }: WebhookIdDto): Promise<void> {
    await this.webhooks.delete(id);
  }

  /**
   * Rotate the secret of a webhook
   * @remarks Returns a new secret, which is shown only here. For 24 hours requests have the signatures of both,
   * the new one and the one before it, so that the receiver can change over in between. Another rotation
   * within this time ends the older secret at once.
   */
  @Allow('events')
  @Post(':id/rotate-secret')
  @HttpCode(HttpStatus.OK)
  @ApiOkResponse({ description: 'The webhook with its new secret.', ...ROTATED_CONTENT })
  @ApiProblems(`${PATH}/rotate-secret`, invalidWebhookId(), ...COMMON_ERRORS)
  async rotateWebhookSecret(@Param() { id }: WebhookIdDto): Promise<WebhookWithSecretDto> {
    const { webhook, secret } = await this.webhooks.rotateSecret(id);
    return toWebhookWithSecretDto(webhook, secret);
  }

  /**
   * Send a test event
   * @remarks Sends an event of the type `webhook.test`, signed like all others, once and at once, also to a
   * disabled webhook, and returns what the receiver answered. The request lasts as long as the receiver
   * takes, 10 s at most by default. One instance sends at most 4 at a time.
   */
  @Allow('events')
  @Post(':id/test')
  @HttpCode(HttpStatus.OK)
  @ApiOkResponse({ description: 'The outcome.', ...TEST_CONTENT })
  @ApiProblems(
    `${PATH}/test`,
    invalidWebhookId(),
    webhookNotFound(id),
    tooManyTests(),
    databaseUnavailable(),
  )
  async testWebhook(@Param() { id }: WebhookIdDto): Promise<WebhookTestDto> {
    const { isDelivered, responseCode, error, durationMs } = await this.webhooks.test(id);
    return { delivered: isDelivered, responseCode, error, durationMs };
  }
}
