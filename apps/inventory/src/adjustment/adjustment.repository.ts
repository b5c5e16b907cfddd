import { Injectable } from '@nestjs/common';
import { Database } from '@app/postgres';

/** A held reservation whose units are not all on hand. */
export interface UnmetReservation {
  readonly id: string;
  readonly quantity: number;
  readonly createdAt: Date;
}

/** All SQL for the effect of an adjustment on reservations. */
@Injectable()
export class AdjustmentRepository {
  constructor(private readonly database: Database) {}

  /**
   * Returns the held reservations that the units on hand do not cover when the oldest are served first,
   * the youngest first. Reads the SKU's whole ledger; only used for the rare case of a shortfall.
   */
  async unmet(sku: string, limit: number): Promise<UnmetReservation[]> {
    return this.database.query<UnmetReservation>(
      `select id, quantity, created_at as "createdAt"
         from (select r.id, r.created_at, m.seq, m.reserved_delta as quantity,
                      sum(m.reserved_delta) over (order by m.seq) as needed
                 from stock_movement m join reservation r on r.id = m.reservation_id
                where m.sku = $1 and m.kind = 'HELD' and r.state = 'HELD') held
        where needed > (select on_hand from stock_level where sku = $1)
        order by seq desc limit $2`,
      [sku, limit],
    );
  }
}
