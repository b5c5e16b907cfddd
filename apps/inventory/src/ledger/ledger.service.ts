import { Injectable } from '@nestjs/common';
import type { Movement } from '../stock/stock';
import { LedgerRepository, type MovementFilter } from '../stock/ledger.repository';

export interface MovementPage {
  readonly movements: readonly Movement[];
  /** The sequence number to go on behind. Undefined: this was the last page. */
  readonly next: number | undefined;
}

/** Tells what changed the levels. */
@Injectable()
export class LedgerService {
  constructor(private readonly ledger: LedgerRepository) {}

  /** In the order of SKU and sequence number. */
  async page(filter: MovementFilter): Promise<MovementPage> {
    const found = await this.ledger.list({ ...filter, limit: filter.limit + 1 });
    const movements = found.slice(0, filter.limit);
    return { movements, next: found.length > filter.limit ? movements.at(-1)?.seq : undefined };
  }
}
