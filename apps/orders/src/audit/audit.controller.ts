import { Controller, Get, Query } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { CancellationSignal } from '@app/batching';
import { databaseUnavailable } from '@app/postgres';
import { Allow } from '../access/allow.decorator';
import { ApiProblems } from '../http/api-problem';
import { Caller } from '../http/caller';
import { invalidPageSize, overloaded } from '../http/http-errors';
import { DEFAULT_PAGE_SIZE } from '../http/page-size';
import {
  AuditEntryDto,
  AuditPageDto,
  ListAuditDto,
  toAuditEntryDto,
  toAuditFilter,
} from './audit.dto';
import { AUDIT_PAGE_CONTENT } from './audit.examples';
import { AuditService } from './audit.service';

/** The audit trail. */
@ApiTags('Administration')
@ApiExtraModels(AuditEntryDto, AuditPageDto)
@Controller('v1/audit')
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  /**
   * List the audit trail
   * @remarks Returns the calls of staff and administrators that may have changed something, the latest first:
   * who, what, when, from where, and the outcome. The calls of customers are not in it: timelines have those.
   * Entries can be neither changed nor deleted.
   */
  @Get()
  @Allow('admin')
  @ApiOkResponse({ description: 'A page of entries.', ...AUDIT_PAGE_CONTENT })
  @ApiProblems('/v1/audit?limit=0', invalidPageSize(), overloaded(), databaseUnavailable())
  async listAudit(
    @Query() query: ListAuditDto,
    @Caller() signal: CancellationSignal,
  ): Promise<AuditPageDto> {
    const { cursor, limit = DEFAULT_PAGE_SIZE } = query;
    const before = cursor === undefined ? undefined : Number(cursor);
    const page = await this.audit.list(toAuditFilter(query), { limit, before }, { signal });
    const nextCursor = page.next === undefined ? null : String(page.next);
    return { entries: page.items.map(toAuditEntryDto), nextCursor };
  }
}
