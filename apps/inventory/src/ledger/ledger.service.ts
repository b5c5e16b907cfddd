import { Injectable } from '@nestjs/common';
import { type Page, pageOf } from '@app/contracts';
import type { Movement } from '../stock/stock';
import { LedgerRepository, type MovementFilter } from './ledger.repository';

/** Tells what changed the levels. */
@Injectable()
export class LedgerService {
  constructor(private readonly ledger: LedgerRepository) {}

  /** In the order of SKU and sequence number. */
  async page(filter: MovementFilter): Promise<Page<Movement, number>> {
    const found = await this.ledger.list({ ...filter, limit: filter.limit + 1 });
    return pageOf(found, filter.limit, ({ seq }) => seq);
  }
}
