import { Injectable } from '@nestjs/common';
import {
  type ApiKey,
  ApiKeyRepository,
  type ApiKeySettings,
  type CreatedApiKey,
} from '@app/access';
import { type Page, pageOf } from '@app/contracts';
import type { LaneRequest } from '@app/postgres';
import { apiKeyNotFound } from './api-key-errors';

/** Use cases of administrators of API keys. */
@Injectable()
export class ApiKeyService {
  constructor(private readonly keys: ApiKeyRepository) {}

  /** Creates a key. Its text is returned only here. */
  create(settings: ApiKeySettings): Promise<CreatedApiKey> {
    return this.keys.create(settings);
  }

  /** Returns a page of all keys, also revoked and expired ones; the newest first. */
  async list(
    { limit, before }: { readonly limit: number; readonly before?: string | undefined },
    request: LaneRequest,
  ): Promise<Page<ApiKey>> {
    const query = { limit: limit + 1, ...(before !== undefined && { before }) };
    return pageOf(await this.keys.list(query, request), limit, ({ id }) => id);
  }

  /** Throws API_KEY_NOT_FOUND. */
  async get(id: string, request: LaneRequest): Promise<ApiKey> {
    return (await this.keys.find(id, request)) ?? notFound(id);
  }

  /**
   * Revokes a key, once and for all. Every instance rejects it within 5 s. To revoke it again changes nothing.
   * Throws API_KEY_NOT_FOUND.
   */
  async revoke(id: string): Promise<ApiKey> {
    return (await this.keys.revoke(id)) ?? notFound(id);
  }
}

const notFound = (id: string): never => {
  throw apiKeyNotFound(id);
};
