import { Injectable } from '@nestjs/common';
import type { LineDto } from '@app/contracts';
import { Database } from '@app/postgres';
import type { Order } from './order';
import type { OrderTransition } from './order-transition';
import { columnsOf, RECORD } from './order.repository';

const COUNT_REDUCTION = `
  update orders set reductions = reductions + 1
   where id = $1 and status = $2 and reductions = $3 returning reductions`;

const KEEP_UNITS = `
  insert into order_reduction (order_id, number, sku, quantity)
  select $1::uuid, $2::smallint, sku, quantity
    from unnest($3::text[], $4::int[]) as kept (sku, quantity)`;

/** All SQL that writes reductions of orders. */
@Injectable()
export class OrderReductionRepository {
  constructor(private readonly database: Database) {}

  /**
   * Writes the transition of a request to reduce, with the units that the order keeps of the SKUs that
   * change. Returns its time, or undefined if the order has moved or was reduced since it was read: the
   * request would then be about other units.
   */
  async record(
    transition: OrderTransition,
    { reductions }: Pick<Order, 'reductions'>,
    kept: readonly LineDto[],
  ): Promise<Date | undefined> {
    const { id, from } = transition;
    return this.database.transaction(async (tx) => {
      const read = [id, from, reductions];
      const [counted] = await tx.query<{ reductions: number }>(COUNT_REDUCTION, read);
      if (!counted) return undefined;
      await tx.query(KEEP_UNITS, [
        id,
        counted.reductions,
        kept.map(({ sku }) => sku),
        kept.map(({ quantity }) => quantity),
      ]);
      const [recorded] = await tx.query<{ at: Date }>(RECORD, columnsOf([transition]));
      return recorded?.at;
    });
  }
}
