import { Injectable } from '@nestjs/common';
import { LIMITS, type Page } from '@app/contracts';
import type { LaneRequest } from '@app/postgres';
import type { Movement } from '../stock/stock';
import { LedgerRepository, type MovementFilter } from '../stock/ledger.repository';

/** Reads the ledger. */
@Injectable()
export class LedgerService {
  constructor(private readonly ledger: LedgerRepository) {}

  /**
   * Returns a page of movements in the order of SKU and sequence number. It ends early if it would
   * exceed `LIMITS.maxPageBytes`.
   */
  async page(filter: MovementFilter, request: LaneRequest = {}): Promise<Page<Movement, number>> {
    return this.ledger.page(filter, LIMITS.maxPageBytes, request);
  }
}
