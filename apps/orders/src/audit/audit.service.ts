import { Injectable, Logger } from '@nestjs/common';
import {
  type AuditAttempt,
  type AuditEntry,
  type AuditFilter,
  type AuditOutcome,
  AuditRepository,
  AuditTrail,
} from '@app/access';
import { type Page, pageOf } from '@app/contracts';
import type { LaneRequest } from '@app/postgres';

/** The audit trail: the changes that staff and administrators make. */
@Injectable()
export class AuditService {
  private readonly logger = new Logger(AuditService.name);
  private readonly trail: AuditTrail;

  constructor(private readonly entries: AuditRepository) {
    this.trail = new AuditTrail(entries, (position, err) =>
      this.logger.error(
        { err, position },
        'Failed to record the outcome of an audited call; its entry keeps an unknown outcome',
      ),
    );
  }

  /** Records an attempt before the change. Returns its position. */
  begin(attempt: AuditAttempt): Promise<number> {
    return this.trail.begin(attempt);
  }

  /** Records what has come of an attempt, after the change. If that fails, logs it and resolves. */
  end(position: number, outcome: AuditOutcome): Promise<void> {
    return this.trail.end(position, outcome);
  }

  /** Returns a page of entries, the latest first. */
  async list(
    filter: AuditFilter,
    { limit, before }: { readonly limit: number; readonly before?: number | undefined },
    request: LaneRequest,
  ): Promise<Page<AuditEntry, number>> {
    const found = await this.entries.list({ ...filter, before, limit: limit + 1 }, request);
    return pageOf(found, limit, ({ position }) => position);
  }
}
