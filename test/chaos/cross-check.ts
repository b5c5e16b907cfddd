import { type Client } from 'pg';
import type { CheckSet } from '../../apps/cli/src/verify/check';
import { compareDatabases } from '../../apps/cli/src/verify/compare';
import { inventoryChecks } from '../../apps/cli/src/verify/inventory-checks';
import { ordersChecks } from '../../apps/cli/src/verify/orders-checks';
import {
  firstDifferences,
  type ReadTarget,
  schemaChecksOf,
  withSnapshot,
} from '../../apps/cli/src/verify/snapshot';
import type { ServiceCluster } from '../harness/service-cluster';
import { checkFinalOrder, checkMissingOrders, type FinalOrder } from './final-orders';
import type { ClientRecord } from './record';
import type { ViolationKind, Violations } from './violations';

const PAGE_ROWS = 5_000;
const MAX_DIFFERENCES = 100;

/** Checks both databases, one against the other, and both against the record of the clients. */
export const verifyAll = async (
  record: ClientRecord,
  { ordersDatabase, inventoryDatabase }: ServiceCluster,
): Promise<void> => {
  const orders = { url: ordersDatabase.ownerUrl };
  const inventory = { url: inventoryDatabase.ownerUrl };
  await verifyDatabase(inventory, inventoryChecks, record.violations);
  await verifyDatabase(orders, ordersChecks, record.violations);
  await withSnapshot(orders, async (client) => {
    for await (const page of finalOrdersIn(client)) {
      for (const order of page) checkFinalOrder(record, order);
    }
  });
  checkMissingOrders(record);
  await compareDatabases({ orders, inventory, atRest: true }, (differences) => {
    for (const { name, place, expected, found } of differences) {
      const placement = record.placements.find(({ orderId }) => orderId && place.includes(orderId));
      const message = `verify: ${name}: ${place}: expected ${expected}, found ${found}`;
      record.violations.add(KINDS[name] ?? 'other', message, placement);
    }
  });
};

/** The kind of violation that a difference of each rule of `npm run verify` is. */
const KINDS: Readonly<Record<string, ViolationKind>> = {
  confirmed: 'oversold',
  fulfilled: 'oversold',
  cancelled: 'leaked',
  leak: 'leaked',
  unfinished: 'left undecided',
};

const verifyDatabase = async (
  target: ReadTarget,
  set: CheckSet,
  violations: Violations,
): Promise<void> => {
  const differences = await withSnapshot(target, async (client) => {
    const checks = [...(await schemaChecksOf(client, set)), ...set.checks];
    return firstDifferences(client, { checks }, MAX_DIFFERENCES);
  });
  for (const line of differences) {
    violations.add(line.startsWith('oversold') ? 'oversold' : 'other', `verify: ${line}`);
  }
};

async function* finalOrdersIn(client: Client): AsyncGenerator<FinalOrder[]> {
  await client.query(`declare rows no scroll cursor for ${FINAL_ORDERS}`);
  for (;;) {
    const { rows } = await client.query<FinalOrder>(`fetch ${PAGE_ROWS} from rows`);
    if (rows.length > 0) yield rows;
    if (rows.length < PAGE_ROWS) break;
  }
}

const FINAL_ORDERS = `
  select id, user_id as "userId", note, idempotency_key as key, status,
         cancel_reason as "cancelReason", parked_at is not null as "isParked",
         (select coalesce(json_agg(json_build_object('sku', sku, 'quantity', quantity)), '[]')
            from order_item where order_id = o.id) as lines,
         reductions > 0 as "isReduced",
         (select coalesce(json_agg(json_build_object('sku', sku, 'quantity', units))
                            filter (where units > 0), '[]')
            from (select i.sku, coalesce((select r.quantity from order_reduction r
                                           where r.order_id = o.id and r.sku = i.sku
                                           order by r.number desc limit 1),
                                         sum(i.quantity)) as units
                    from order_item i where i.order_id = o.id group by i.sku) l) as "leftLines"
    from orders o`;
