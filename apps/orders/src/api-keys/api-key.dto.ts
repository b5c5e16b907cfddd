import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsOptional, ValidateBy, ValidateIf } from 'class-validator';
import type { ApiKey, ApiKeySettings, CreatedApiKey } from '@app/access';
import { IsName, lengthFault, NAME_PATTERN, type Scope, SCOPES } from '@app/contracts';
import { IsId } from '../http/id';
import { IsPageSize, PAGE_SIZE } from '../http/page-size';
import { queryTimeFault } from '../http/query-time';
import { API_KEY_ID_FAULT } from './api-key-errors';

const TIME = { format: 'date-time' };
const MAX_NAME_LENGTH = 200;
/** As of a user id. */
const MAX_SUBJECT_LENGTH = 128;
const SCOPES_SCHEMA = { enum: SCOPES, enumName: 'Scope', isArray: true };

const scopesFault = (value: unknown): string | undefined => {
  const fault = lengthFault(value, 1, SCOPES.length, 'scopes');
  if (fault !== undefined) return fault;
  const scopes = value as unknown[];
  const known: readonly unknown[] = SCOPES;
  if (!scopes.every((scope) => known.includes(scope))) {
    return `must hold only ${SCOPES.join(', ')}`;
  }
  return new Set(scopes).size === scopes.length ? undefined : 'must not hold a scope twice';
};

/** Requires a list of scopes, each once. */
const IsScopes = (): PropertyDecorator =>
  ValidateBy({
    name: 'isScopes',
    validator: {
      validate: (value: unknown) => scopesFault(value) === undefined,
      defaultMessage: (args) => scopesFault(args?.value) ?? '',
    },
  });

/** Requires a time in the future. */
const IsFutureTime = (): PropertyDecorator =>
  ValidateBy({
    name: 'isFutureTime',
    validator: {
      validate: (value: unknown) =>
        queryTimeFault(value) === undefined && new Date(String(value)).getTime() > Date.now(),
      defaultMessage: () =>
        'must be a time in the future such as 2026-11-23T12:00:00.000Z, with milliseconds at most',
    },
  });

export class ApiKeyIdDto {
  /**
   * The key's id, as `POST /v1/api-keys` returns it.
   * @example "01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55"
   */
  @ApiProperty({ format: 'uuid' })
  @IsId(API_KEY_ID_FAULT)
  id!: string;
}

export class ListApiKeysDto {
  /** `nextCursor` of the previous page. Without it: the first page. */
  @ApiProperty({ format: 'uuid' })
  @IsOptional()
  @IsId('must be the nextCursor of an earlier page of this list')
  cursor?: string;

  /**
   * Maximum number of keys in the page, 1 to 100; the default is 20.
   * @example 20
   */
  @ApiProperty(PAGE_SIZE)
  @IsPageSize()
  limit?: number;
}

/** A new API key. */
@ApiSchema({ name: 'NewApiKey' })
export class CreateApiKeyDto {
  static readonly emptyFault = 'must be {"name": …, "subject": …, "scopes": […]}';

  /**
   * What the key is for, in words for people, without control or invisible characters. Stored in Unicode
   * normalization form C.
   * @example "warehouse terminal 3"
   */
  @ApiProperty({ minLength: 1, maxLength: MAX_NAME_LENGTH, pattern: NAME_PATTERN })
  @IsName(MAX_NAME_LENGTH)
  name!: string;

  /**
   * Who acts with the key; the audit trail names it. A key with the scope `customer` acts for the customer with
   * this user id.
   * @example "warehouse"
   */
  @ApiProperty({ minLength: 1, maxLength: MAX_SUBJECT_LENGTH, pattern: NAME_PATTERN })
  @IsName(MAX_SUBJECT_LENGTH)
  subject!: string;

  /** What the key may do. `admin` implies all others. */
  @ApiProperty({ ...SCOPES_SCHEMA, minItems: 1, maxItems: SCOPES.length, uniqueItems: true })
  @IsScopes()
  scopes!: Scope[];

  /** When the key stops working. Absent or null: when it is revoked. */
  @ValidateIf(({ expiresAt }: CreateApiKeyDto) => expiresAt !== undefined && expiresAt !== null)
  @ApiProperty({ ...TIME, type: 'string', nullable: true })
  @IsFutureTime()
  expiresAt?: string | null;
}

/** An API key without its secret. */
@ApiSchema({ name: 'ApiKey' })
export class ApiKeyDto {
  /**
   * UUIDv7.
   * @example "01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55"
   */
  @ApiProperty({ format: 'uuid' })
  id!: string;

  /**
   * The visible part of the key, which follows `qb_`.
   * @example "k7f2m3qa"
   */
  @ApiProperty()
  prefix!: string;

  /**
   * What the key is for, in words for people.
   * @example "warehouse terminal 3"
   */
  @ApiProperty()
  name!: string;

  /**
   * Who acts with the key.
   * @example "warehouse"
   */
  @ApiProperty()
  subject!: string;

  /** What the key may do. `admin` implies all others. */
  @ApiProperty(SCOPES_SCHEMA)
  scopes!: Scope[];

  /** When it was created. */
  @ApiProperty(TIME)
  createdAt!: string;

  /** When it stops working; null if it does not expire. */
  @ApiProperty({ ...TIME, type: 'string', nullable: true })
  expiresAt!: string | null;

  /** When it was revoked; null if it was not. */
  @ApiProperty({ ...TIME, type: 'string', nullable: true })
  revokedAt!: string | null;

  /** When it was used last, up to a minute old; null if it never was. */
  @ApiProperty({ ...TIME, type: 'string', nullable: true })
  lastUsedAt!: string | null;
}

/** An API key with its text. No other response has the text. */
@ApiSchema({ name: 'ApiKeyWithSecret' })
export class ApiKeyWithSecretDto extends ApiKeyDto {
  /**
   * The key as its owner sends it: `Authorization: Bearer qb_…`. Store it: it is not shown again.
   * @example "qb_k7f2m3qa_bm90IGEgc2VjcmV0OiAzMiBieXRlcyBvZiBhbiBleGE"
   */
  @ApiProperty()
  key!: string;
}

@ApiSchema({ name: 'ApiKeyPage' })
export class ApiKeyPageDto {
  /** The keys, the newest first, also those that are revoked or expired. */
  @ApiProperty()
  apiKeys!: ApiKeyDto[];

  /** The `cursor` of the next page; null if this is the last one. */
  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  nextCursor!: string | null;
}

export const toApiKeySettings = (body: CreateApiKeyDto): ApiKeySettings => {
  const { name, subject, scopes, expiresAt } = body;
  return { name, subject, scopes, expiresAt: expiresAt ? new Date(expiresAt) : null };
};

const textOf = (time: Date | null): string | null => time?.toISOString() ?? null;

export const toApiKeyDto = (key: ApiKey): ApiKeyDto => ({
  id: key.id,
  prefix: key.prefix,
  name: key.name,
  subject: key.subject,
  scopes: [...key.scopes],
  createdAt: key.createdAt.toISOString(),
  expiresAt: textOf(key.expiresAt),
  revokedAt: textOf(key.revokedAt),
  lastUsedAt: textOf(key.lastUsedAt),
});

export const toApiKeyWithSecretDto = ({ key, text }: CreatedApiKey): ApiKeyWithSecretDto =>
  Object.assign(toApiKeyDto(key), { key: text });
