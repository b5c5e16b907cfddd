import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsOptional, ValidateBy } from 'class-validator';
import { ACTOR_KINDS, type ActorKind, type AuditEntry, type AuditFilter } from '@app/access';
import { IsStorableText, TEXT_PATTERN } from '@app/contracts';
import { IsPageSize, PAGE_SIZE } from '../http/page-size';
import { IsQueryTime } from '../http/query-time';

const TIME = { format: 'date-time' };
const MAX_FILTER_LENGTH = 200;
const FILTER = { minLength: 1, maxLength: MAX_FILTER_LENGTH, pattern: TEXT_PATTERN };

/** Requires the position of an entry. */
const IsAuditCursor = (): PropertyDecorator =>
  ValidateBy({
    name: 'isAuditCursor',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && /^[1-9]\d{0,14}$/.test(value),
      defaultMessage: () => 'must be the nextCursor of an earlier page of this list',
    },
  });

export class ListAuditDto {
  /**
   * Only entries of this subject.
   * @example "warehouse"
   */
  @ApiProperty(FILTER)
  @IsOptional()
  @IsStorableText(1, MAX_FILTER_LENGTH)
  actor?: string;

  /**
   * Only entries of this operation, an `operationId` of this document.
   * @example "fulfillOrder"
   */
  @ApiProperty(FILTER)
  @IsOptional()
  @IsStorableText(1, MAX_FILTER_LENGTH)
  action?: string;

  /** Only entries about this order, API key or webhook, or a delivery as `webhook/delivery`. */
  @ApiProperty(FILTER)
  @IsOptional()
  @IsStorableText(1, MAX_FILTER_LENGTH)
  target?: string;

  /** Only entries of this time or later. RFC 3339, with milliseconds at most. */
  @ApiProperty(TIME)
  @IsOptional()
  @IsQueryTime()
  since?: string;

  /** `nextCursor` of the previous page, with the same filters. Without it: the first page. */
  @ApiProperty({ pattern: '^[1-9][0-9]{0,14}$' })
  @IsOptional()
  @IsAuditCursor()
  cursor?: string;

  /**
   * Maximum number of entries in the page, 1 to 100; the default is 20.
   * @example 20
   */
  @ApiProperty(PAGE_SIZE)
  @IsPageSize()
  limit?: number;
}

/** A call that may have changed something. */
@ApiSchema({ name: 'AuditEntry' })
export class AuditEntryDto {
  /**
   * Its position in the trail. Positions grow; some are missing.
   * @example 17
   */
  @ApiProperty({ type: 'integer', minimum: 1 })
  position!: number;

  /** When the call began. */
  @ApiProperty(TIME)
  at!: string;

  /**
   * How the caller has proved its identity. `anonymous`: not at all, since authentication is off. `operator`: by
   * access to the database, for a command.
   */
  @ApiProperty({ enum: ACTOR_KINDS, enumName: 'ActorKind' })
  actorKind!: ActorKind;

  /**
   * The subject of the token or of the API key, or the system user of a command.
   * @example "warehouse"
   */
  @ApiProperty()
  actor!: string;

  /** The API key that was used; null without one. */
  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  keyId!: string | null;

  /**
   * The operation: an `operationId` of this document.
   * @example "fulfillOrder"
   */
  @ApiProperty()
  action!: string;

  /**
   * The id of the order, API key or webhook, as it was sent or created; of a delivery `webhook/delivery`. Null
   * if nothing was created.
   * @example "01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55"
   */
  @ApiProperty({ type: 'string', nullable: true })
  target!: string | null;

  /**
   * The `X-Request-Id` of the call, which its log lines have.
   * @example "01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e56"
   */
  @ApiProperty({ type: 'string', nullable: true })
  requestId!: string | null;

  /**
   * The address of the client, or the host of a command.
   * @example "203.0.113.7"
   */
  @ApiProperty({ type: 'string', nullable: true })
  client!: string | null;

  /**
   * `SUCCEEDED`, or the `reason` of the problem. Null: the call is still running, or its outcome could not be
   * recorded; read the target to learn it.
   * @example "SUCCEEDED"
   */
  @ApiProperty({ type: 'string', nullable: true })
  outcome!: string | null;

  /** When the outcome was recorded; null if it is unknown. */
  @ApiProperty({ ...TIME, type: 'string', nullable: true })
  endedAt!: string | null;
}

@ApiSchema({ name: 'AuditPage' })
export class AuditPageDto {
  /** The entries, the latest first. */
  @ApiProperty()
  entries!: AuditEntryDto[];

  /** The `cursor` of the next page; null if this is the last one. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}

export const toAuditFilter = ({ actor, action, target, since }: ListAuditDto): AuditFilter => ({
  actor,
  action,
  target,
  since: since === undefined ? undefined : new Date(since),
});

export const toAuditEntryDto = (entry: AuditEntry): AuditEntryDto => ({
  position: entry.position,
  at: entry.at.toISOString(),
  actorKind: entry.actorKind,
  actor: entry.actor,
  keyId: entry.keyId,
  action: entry.action,
  target: entry.target,
  requestId: entry.requestId,
  client: entry.client,
  outcome: entry.outcome,
  endedAt: entry.endedAt?.toISOString() ?? null,
});
