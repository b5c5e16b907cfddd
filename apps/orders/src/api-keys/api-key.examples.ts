import { getSchemaPath } from '@nestjs/swagger';
import { ApiKeyDto, ApiKeyPageDto, ApiKeyWithSecretDto } from './api-key.dto';

/** The API key of all examples in the OpenAPI document. */
export const EXAMPLE_API_KEY = {
  id: '01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55',
  prefix: 'k7f2m3qa',
  name: 'warehouse terminal 3',
  subject: 'warehouse',
  scopes: ['staff' as const],
  createdAt: '2026-11-23T12:00:00.000Z',
  expiresAt: '2027-11-23T12:00:00.000Z',
  revokedAt: null,
  lastUsedAt: '2026-11-29T08:30:00.000Z',
} satisfies ApiKeyDto;

/** It has the format of a key, so that readers recognize one. */
const KEY = 'qb_k7f2m3qa_bm90IGEgc2VjcmV0OiAzMiBieXRlcyBvZiBhbiBleGE';

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

export const API_KEY_CONTENT = contentOf(ApiKeyDto, {
  'in use': EXAMPLE_API_KEY,
  revoked: { ...EXAMPLE_API_KEY, revokedAt: '2026-11-29T09:00:00.000Z' },
});

export const API_KEY_PAGE_CONTENT = contentOf(ApiKeyPageDto, {
  one: { apiKeys: [EXAMPLE_API_KEY], nextCursor: null },
});

export const CREATED_API_KEY_CONTENT = contentOf(ApiKeyWithSecretDto, {
  created: { ...EXAMPLE_API_KEY, lastUsedAt: null, key: KEY },
});
