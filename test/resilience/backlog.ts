import { atLeast, type Figure, formatNumber, measured, zero } from '../harness/figures';
import { RecordedLoad } from '../harness/load/recorded-load';
import { eventually } from '../harness/wait';
import type { Log } from '../../tools/tool';
import { SKUS, startCluster, verifyAndStop } from './scenario';

const BACKLOG = 20_000;
const FILL_TIMEOUT_MS = 120_000;

/** How fast one instance finishes the orders that piled up while Inventory was unavailable. */
export const drain = async (log: Log): Promise<Figure[]> => {
  const cluster = await startCluster({ env: { ORDERS_ACCEPT_BY_SECONDS: '600' } });
  const { inventory, orders } = cluster;
  await inventory.stop('SIGKILL');
  const load = RecordedLoad.start('drain', { clients: 64, skus: SKUS, to: () => orders.address });
  await eventually('the backlog is full', () => load.samples.length >= BACKLOG, FILL_TIMEOUT_MS);
  const samples = await load.stop();
  log(`drain: ${formatNumber(samples.length)} orders wait`);
  await inventory.start();
  await cluster.awaitQuiescence();
  const [row] = await cluster.ordersDatabase.query<{ seconds: number; count: number }>(
    `select extract(epoch from max(occurred_at) - min(occurred_at))::float as seconds,
            count(*)::int from order_event where event = 'CONFIRMED'`,
  );
  const { seconds = 0, count = 0 } = row ?? {};
  return [
    measured('orders that waited', formatNumber(count)),
    atLeast('finished by one instance', count / seconds, 1_000, 'a second'),
    zero('not CONFIRMED', samples.length - count),
    await verifyAndStop(cluster),
  ];
};
