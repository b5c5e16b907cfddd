import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsBoolean, ValidateBy, ValidateIf } from 'class-validator';
import { IsStorableText, lengthFault } from '@app/contracts';
import { EVENT_TYPES } from '../events/order-log-event';
import { DISABLED_REASONS, type DisabledReason } from '../events/webhook-log-event';
import { IsId } from '../http/id';
import {
  MAX_URL_LENGTH,
  type WebhookChanges,
  type WebhookEventType,
  type WebhookSettings,
  type WebhookState,
  webhookUrlFault,
} from './webhook';
import { WEBHOOK_ID_FAULT } from './webhook-errors';

const TIME = { format: 'date-time' };
const MAX_DESCRIPTION_LENGTH = 500;
const TYPES_SCHEMA = { enum: EVENT_TYPES, enumName: 'EventType', isArray: true, nullable: true };

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

/** Requires the URL of a webhook. */
const IsWebhookUrl = (): PropertyDecorator =>
  ValidateBy({
    name: 'isWebhookUrl',
    validator: {
      validate: (value: unknown) => webhookUrlFault(value) === undefined,
      defaultMessage: (args) => webhookUrlFault(args?.value) ?? '',
    },
  });

const typesFault = (value: unknown): string | undefined => {
  const fault = lengthFault(value, 1, EVENT_TYPES.length, 'types');
  if (fault !== undefined) return `${fault}; leave it out for all types`;
  const known: readonly unknown[] = EVENT_TYPES;
  const isKnown = (value as unknown[]).every((type) => known.includes(type));
  return isKnown ? undefined : `must hold only ${EVENT_TYPES.join(', ')}`;
};

/** Requires a list of types of events. */
const IsEventTypes = (): PropertyDecorator =>
  ValidateBy({
    name: 'isEventTypes',
    validator: {
      validate: (value: unknown) => typesFault(value) === undefined,
      defaultMessage: (args) => typesFault(args?.value) ?? '',
    },
  });

export class WebhookIdDto {
  /**
   * The webhook's id, as `POST /v1/webhooks` returns it.
   * @example "01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55"
   */
  @ApiProperty({ format: 'uuid' })
  @IsId(WEBHOOK_ID_FAULT)
  id!: string;
}

/** A new webhook. */
@ApiSchema({ name: 'NewWebhook' })
export class CreateWebhookDto {
  static readonly emptyFault = 'must be {"url": …}';

  /**
   * Where events are sent: an absolute http or https URL without user name, password and fragment, up to
   * 2,048 characters. Its host must have a public address unless an operator allows others.
   * @example "https://shop.example/hooks/orders"
   */
  @ApiProperty({ format: 'uri', maxLength: MAX_URL_LENGTH })
  @IsWebhookUrl()
  url!: string;

  /** The types of events to receive. Absent or null: all, also those that a later version adds. */
  @ValidateIf(({ types }: CreateWebhookDto) => isGiven(types))
  @ApiProperty({ ...TYPES_SCHEMA, minItems: 1, maxItems: EVENT_TYPES.length })
  @IsEventTypes()
  types?: WebhookEventType[] | null;

  /**
   * A text for people, up to 500 characters. Stored in Unicode normalization form C.
   * @example "the shop's order screen"
   */
  @ValidateIf(({ description }: CreateWebhookDto) => isGiven(description))
  @ApiProperty({ type: 'string', nullable: true, maxLength: MAX_DESCRIPTION_LENGTH })
  @IsStorableText(0, MAX_DESCRIPTION_LENGTH)
  description?: string | null;
}

/** What is to change of a webhook. Absent fields stay as they are. */
@ApiSchema({ name: 'WebhookChanges' })
export class UpdateWebhookDto {
  /**
   * Where events are sent from now on: as at the creation.
   * @example "https://shop.example/hooks/orders"
   */
  @ValidateIf(({ url }: UpdateWebhookDto) => url !== undefined)
  @ApiProperty({ format: 'uri', maxLength: MAX_URL_LENGTH })
  @IsWebhookUrl()
  url?: string;

  /** The types of events to receive from now on. Null: all, also those that a later version adds. */
  @ValidateIf(({ types }: UpdateWebhookDto) => isGiven(types))
  @ApiProperty({ ...TYPES_SCHEMA, minItems: 1, maxItems: EVENT_TYPES.length })
  @IsEventTypes()
  types?: WebhookEventType[] | null;

  /**
   * A text for people, up to 500 characters; null for none.
   * @example "the shop's order screen"
   */
  @ValidateIf(({ description }: UpdateWebhookDto) => isGiven(description))
  @ApiProperty({ type: 'string', nullable: true, maxLength: MAX_DESCRIPTION_LENGTH })
  @IsStorableText(0, MAX_DESCRIPTION_LENGTH)
  description?: string | null;

  /**
   * `false` sends nothing more and discards the deliveries that wait. `true` begins with the next event;
   * those from the time in between are not delivered.
   * @example true
   */
  @ValidateIf(({ enabled }: UpdateWebhookDto) => enabled !== undefined)
  @ApiProperty()
  @IsBoolean({ message: 'must be true or false' })
  enabled?: boolean;
}

@ApiSchema({ name: 'Webhook' })
export class WebhookDto {
  /**
   * UUIDv7.
   * @example "01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55"
   */
  @ApiProperty({ format: 'uuid' })
  id!: string;

  /**
   * Where events are sent.
   * @example "https://shop.example/hooks/orders"
   */
  @ApiProperty({ format: 'uri' })
  url!: string;

  /** The types of events that it receives; null for all, also those that a later version adds. */
  @ApiProperty(TYPES_SCHEMA)
  types!: WebhookEventType[] | null;

  /**
   * As it was sent, in Unicode normalization form C; null without one.
   * @example "the shop's order screen"
   */
  @ApiProperty({ type: 'string', nullable: true })
  description!: string | null;

  /**
   * Whether events are sent.
   * @example true
   */
  @ApiProperty()
  enabled!: boolean;

  /** When it was disabled; null if it is enabled. */
  @ApiProperty({ ...TIME, type: 'string', nullable: true })
  disabledAt!: string | null;

  /**
   * REQUESTED: by a request. FAILING: its deliveries had only failed for 5 days (or as configured). Null if
   * it is enabled.
   */
  @ApiProperty({ type: 'string', enum: [...DISABLED_REASONS, null], nullable: true })
  disabledReason!: DisabledReason | null;

  /** Since when no delivery has succeeded; null if the last one did. */
  @ApiProperty({ ...TIME, type: 'string', nullable: true })
  failingSince!: string | null;

  /** Until when the secret before the last rotation signs as well; null if none does. */
  @ApiProperty({ ...TIME, type: 'string', nullable: true })
  previousSecretUntil!: string | null;

  /**
   * Deliveries that wait for a retry, or behind an earlier one of their order.
   * @example 0
   */
  @ApiProperty({ type: 'integer', minimum: 0 })
  waiting!: number;

  /**
   * Deliveries that are attempted no more until they are redelivered or discarded.
   * @example 0
   */
  @ApiProperty({ type: 'integer', minimum: 0 })
  parked!: number;

  /** When it was created. */
  @ApiProperty(TIME)
  createdAt!: string;

  /** When a client changed it last, or when it was disabled. */
  @ApiProperty(TIME)
  updatedAt!: string;
}

/** A webhook with its new secret. No other response has the secret. */
@ApiSchema({ name: 'WebhookWithSecret' })
export class WebhookWithSecretDto extends WebhookDto {
  /**
   * The secret that signs, as Standard Webhooks writes it. Store it: it is not shown again.
   * @example "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
   */
  @ApiProperty()
  secret!: string;
}

@ApiSchema({ name: 'WebhookList' })
export class WebhookListDto {
  /** All webhooks, the oldest first: at most 50. */
  @ApiProperty()
  webhooks!: WebhookDto[];
}

const textOf = (time: Date | null): string | null => time?.toISOString() ?? null;

export const toWebhookSettings = ({
  url,
  types,
  description,
}: CreateWebhookDto): WebhookSettings => ({
  url: new URL(url).href,
  types: types ?? null,
  description: description ?? null,
});

export const toWebhookChanges = (changes: UpdateWebhookDto): WebhookChanges => {
  const { url, types, description, enabled } = changes;
  return {
    ...(url !== undefined && { url: new URL(url).href }),
    ...(types !== undefined && { types }),
    ...(description !== undefined && { description }),
    ...(enabled !== undefined && { enabled }),
  };
};

export const toWebhookDto = (webhook: WebhookState): WebhookDto => ({
  id: webhook.id,
  url: webhook.url,
  types: webhook.types && [...webhook.types],
  description: webhook.description,
  enabled: webhook.disabledAt === null,
  disabledAt: textOf(webhook.disabledAt),
  disabledReason: webhook.disabledReason,
  failingSince: textOf(webhook.failingSince),
  previousSecretUntil: textOf(webhook.previousSecretUntil),
  waiting: webhook.waiting,
  parked: webhook.parked,
  createdAt: webhook.createdAt.toISOString(),
  updatedAt: webhook.updatedAt.toISOString(),
});

export const toWebhookWithSecretDto = (
  webhook: WebhookState,
  secret: string,
): WebhookWithSecretDto => Object.assign(toWebhookDto(webhook), { secret });
