import { Injectable } from '@nestjs/common';
import { Database } from '@app/postgres';

/** A held reservation whose units are not there. */
export interface UnmetReservation {
  readonly id: string;
  readonly quantity: number;
  readonly createdAt: Date;
}

/** SQL about what an adjustment does to reservations. */
@Injectable()
export class AdjustmentRepository {
  constructor(private readonly database: Database) {}

  /**
   * Held reservations of a SKU that what is on hand does not suffice for when the oldest are met
   * first. The youngest first. Reads the SKU's whole ledger: for the rare case of a shortfall.
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
