import { type Figure, formatNumber, zero } from '../test/harness/figures';
import type { ReservedUnits } from '../test/harness/load/load-generator';
import type { ServiceCluster } from '../test/harness/service-cluster';
import { availableUnits } from '../test/harness/stock';
import type { Bench } from './bench';
import { inventoryAddresses } from './cluster';
import { PLENTY } from './skus';

const MAX_SHOWN = 3;

/** The number of wrong answers of all servers that were measured. */
export const wrongAnswersFigure = ({ load, log }: Bench): Figure => {
  const { count, examples } = load.wrong;
  for (const example of examples.slice(0, MAX_SHOWN)) log(`wrong answer: ${example}`);
  return zero('wrong answers', count);
};

/** Compares the units that the answers reserved with what the database has. */
export const unitsFigure = (
  name: string,
  { certain, inDoubt }: ReservedUnits,
  found: number,
): Figure => ({
  name,
  goal: `${formatNumber(certain)} answered${inDoubt > 0 ? `, ${formatNumber(inDoubt)} in doubt` : ''}`,
  value: formatNumber(found),
  isMet: found >= certain && found <= certain + inDoubt,
});

/** The number of differences that `npm run verify` finds once the cluster is quiescent. */
export const verifyFigure = async (
  { log }: Bench,
  cluster: ServiceCluster,
  name = 'QuickBite',
): Promise<Figure> => {
  if (cluster.hasOrders) await cluster.awaitQuiescence();
  const startedMs = performance.now();
  const lines = await cluster.verify();
  log(`${name} is verified: ${formatNumber((performance.now() - startedMs) / 1_000)} s`);
  for (const line of lines.slice(0, MAX_SHOWN)) log(`verify: ${line}`);
  return zero(`${name}: differences that \`verify\` finds`, lines.length);
};

/** All checks of a cluster whose SKUs had PLENTY of stock each. */
export const auditFigures = async (
  bench: Bench,
  cluster: ServiceCluster,
  skus: readonly string[],
): Promise<Figure[]> => {
  const verified = await verifyFigure(bench, cluster);
  const addresses = cluster.hasOrders ? [cluster.orders.address] : inventoryAddresses(cluster);
  const gone = PLENTY * skus.length - (await availableUnits(cluster.inventoryDatabase, skus));
  return [
    wrongAnswersFigure(bench),
    unitsFigure('QuickBite: units gone from the stock', bench.load.reservedUnits(addresses), gone),
    verified,
  ];
};
