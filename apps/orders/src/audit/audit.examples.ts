import { getSchemaPath } from '@nestjs/swagger';
import { type AuditEntryDto, AuditPageDto } from './audit.dto';

const FULFILLED = {
  position: 17,
  at: '2026-11-23T12:00:00.000Z',
  actorKind: 'apiKey',
  actor: 'warehouse',
  keyId: '01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55',
  action: 'fulfillOrder',
  target: '01a205e9-7f9d-7672-84c8-648a6e3200e2',
  requestId: '01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e56',
  client: '203.0.113.7',
  outcome: 'SUCCEEDED',
  endedAt: '2026-11-23T12:00:00.012Z',
} satisfies AuditEntryDto;

const CREATED_BY_COMMAND = {
  ...FULFILLED,
  position: 16,
  at: '2026-11-23T11:00:00.000Z',
  actorKind: 'operator',
  actor: 'ada',
  keyId: null,
  action: 'createApiKey',
  target: '01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55',
  requestId: null,
  client: 'ops-1',
  endedAt: '2026-11-23T11:00:00.008Z',
} satisfies AuditEntryDto;

export const AUDIT_PAGE_CONTENT = {
  content: {
    'application/json': {
      schema: { $ref: getSchemaPath(AuditPageDto) },
      examples: {
        'an API key and its use': {
          value: { entries: [FULFILLED, CREATED_BY_COMMAND], nextCursor: null },
        },
      },
    },
  },
};
