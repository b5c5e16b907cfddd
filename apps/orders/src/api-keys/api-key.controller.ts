import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  HttpStatus,
  Param,
  Post,
  Query,
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
import { invalidPageSize, overloaded } from '../http/http-errors';
import { DEFAULT_PAGE_SIZE } from '../http/page-size';
import { apiKeyNotFound, invalidApiKeyId } from './api-key-errors';
import {
  API_KEY_CONTENT,
  API_KEY_PAGE_CONTENT,
  CREATED_API_KEY_CONTENT,
  EXAMPLE_API_KEY,
} from './api-key.examples';
import {
  ApiKeyDto,
  ApiKeyIdDto,
  ApiKeyPageDto,
  ApiKeyWithSecretDto,
  CreateApiKeyDto,
  ListApiKeysDto,
  toApiKeyDto,
  toApiKeySettings,
  toApiKeyWithSecretDto,
} from './api-key.dto';
import { ApiKeyService } from './api-key.service';

const { id } = EXAMPLE_API_KEY;
const PATH = '/v1/api-keys';

const LOCATION = {
  description: 'The path of the key, below the prefix of a trusted proxy.',
  schema: { type: 'string' },
} as const;

const BODIES = {
  staff: {
    value: { name: 'warehouse terminal 3', subject: 'warehouse', scopes: ['staff'] },
  },
  'a customer, until next year': {
    value: {
      name: 'the shop of u-1',
      subject: 'u-1',
      scopes: ['customer'],
      expiresAt: '2099-11-23T12:00:00.000Z',
    },
  },
};

const COMMON_ERRORS = [apiKeyNotFound(id), overloaded(), databaseUnavailable()];

/** The keys with which programs authenticate. */
@ApiTags('Administration')
@ApiExtraModels(ApiKeyDto, ApiKeyPageDto, ApiKeyWithSecretDto)
@Controller('v1/api-keys')
export class ApiKeyController {
  constructor(private readonly keys: ApiKeyService) {}

  /**
   * Create an API key
   * @remarks The `key` of the response authenticates requests: `Authorization: Bearer qb_…`. It is shown only
   * here, so store it. Orders keeps a hash of it. If the response is lost, revoke the key and create another.
   */
  @Post()
  @Allow('admin')
  @Header('Cache-Control', 'no-store')
  @ApiBody({ type: CreateApiKeyDto, examples: BODIES })
  @ApiCreatedResponse({
    description: 'The API key with its text.',
    headers: { Location: LOCATION },
    ...CREATED_API_KEY_CONTENT,
  })
  @ApiProblems(
    PATH,
    ServiceError.invalid([{ field: 'scopes', fault: 'is required' }]),
    overloaded(),
    databaseUnavailable(),
  )
  async createApiKey(
    @Body() body: CreateApiKeyDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ApiKeyWithSecretDto> {
    const created = await this.keys.create(toApiKeySettings(body));
    response.setHeader('Location', `${publicPrefix(response.req)}${PATH}/${created.key.id}`);
    return toApiKeyWithSecretDto(created);
  }

  /**
   * List the API keys
   * @remarks Returns all keys, the newest first, also those that are revoked or expired. No response has a
   * secret.
   */
  @Get()
  @Allow('admin')
  @ApiOkResponse({ description: 'A page of API keys.', ...API_KEY_PAGE_CONTENT })
  @ApiProblems(`${PATH}?limit=0`, invalidPageSize(), overloaded(), databaseUnavailable())
  async listApiKeys(
    @Query() { cursor, limit = DEFAULT_PAGE_SIZE }: ListApiKeysDto,
    @Caller() signal: CancellationSignal,
  ): Promise<ApiKeyPageDto> {
    const page = await this.keys.list({ limit, before: cursor }, { signal });
    return { apiKeys: page.items.map(toApiKeyDto), nextCursor: page.next ?? null };
  }

  /**
   * Read one API key
   * @remarks Returns its settings, and when it was used last. It does not return the secret.
   */
  @Get(':id')
  @Allow('admin')
  @ApiOkResponse({ description: 'The API key.', ...API_KEY_CONTENT })
  @ApiProblems(`${PATH}/${id}`, invalidApiKeyId(), ...COMMON_ERRORS)
  async getApiKey(
    @Param() { id }: ApiKeyIdDto,
    @Caller() signal: CancellationSignal,
  ): Promise<ApiKeyDto> {
    return toApiKeyDto(await this.keys.get(id, { signal }));
  }

  /**
   * Revoke an API key
   * @remarks Every instance rejects the key within 5 s, for good. The key stays in the list, so that the audit
   * trail can refer to it. To revoke it again changes nothing.
   */
  @Delete(':id')
  @Allow('admin')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiNoContentResponse({ description: 'The API key is revoked.' })
  @ApiProblems(`${PATH}/${id}`, invalidApiKeyId(), ...COMMON_ERRORS)
  async revokeApiKey(@Param() { id }: ApiKeyIdDto): Promise<void> {
    await this.keys.revoke(id);
  }
}
