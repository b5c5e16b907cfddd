import { Injectable } from '@nestjs/common';
import { type Page, pageOf } from '@app/contracts';
import type { Movement } from '../stock/stock';
import { LedgerRepository, type MovementFilter } from '../stock/ledger.repository';

/** Reads the ledger. */
@Injectable()
export class LedgerService {
  constructor(private readonly ledger: LedgerRepository) {}

  /** Returns a page of movements in the order of SKU and sequence number. */
  async page(filter: MovementFilter): Promise<Page<Movement, number>> {
    const found = await this.ledger.list({ ...filter, limit: filter.limit + 1 });
    return pageOf(found, filter.limit, ({ seq }) => seq);
  }
}
