import { formatNumber, markdownTable, sum } from '../../test/harness/figures';
import type { CallKind, LoadPlan } from '../../test/harness/load/plan';
import type { ServiceProcess } from '../../test/harness/service-process';
import { givenStock } from '../../test/harness/stock';
import { verifyFigure, wrongAnswersFigure } from '../audit';
import { startBaseline } from '../baseline';
import type { Bench, Scenario } from '../bench';
import { startCluster } from '../cluster';
import { PROFILED, startProfile, type TimeByOwner } from '../profile';
import { HOT, PLENTY } from '../skus';
import { createSoldOutSku, SOLD_OUT } from '../sold-out-sku';

const CLIENTS = 256;
const WARM_UP_MS = 4_000;
const MEASURE_MS = 8_000;
/** Owners that use less than this of an answer in every process are left out. */
const MIN_MICROSECONDS = 2;

/** What one answer costs a process, in microseconds by owner. */
type Cost = readonly [name: string, microseconds: TimeByOwner];

/** Profiles all processes of a call at the same time. */
const profileCall = async (
  { load, log }: Bench,
  call: CallKind,
  address: string,
  processes: Readonly<Record<string, ServiceProcess>>,
  expects: LoadPlan['expects'] = 'accepted',
): Promise<Cost[]> => {
  const plan: LoadPlan = {
    call,
    addresses: [address],
    clients: CLIENTS,
    wanted: { skus: expects === 'accepted' ? HOT : SOLD_OUT, lines: 1, draw: 'even' },
    expects,
    warmUpMs: 0,
    measureMs: MEASURE_MS,
  };
  await load.measure({ ...plan, warmUpMs: WARM_UP_MS, measureMs: 0 });
  const profiles = await Promise.all(Object.values(processes).map(startProfile));
  const { perSecond } = await load.measure(plan);
  const times = await Promise.all(profiles.map((stop) => stop()));
  const answers = (perSecond * MEASURE_MS) / 1_000;
  return Object.keys(processes).map((name, index) => {
    log(`${name}: ${formatNumber(perSecond)} a second while it was profiled`);
    const milliseconds = [...(times[index] ?? [])];
    return [name, new Map(milliseconds.map(([owner, ms]) => [owner, (ms * 1_000) / answers]))];
  });
};

const profileBaseline = async (
  bench: Bench,
  call: CallKind,
  name: 'insert-only' | 'answer-only' | 'no-op',
): Promise<Cost[]> => {
  const { address, process } = await startBaseline(bench, name, '', PROFILED);
  return profileCall(bench, call, address, { [name]: process });
};

/** One row for each owner, the most expensive first. */
const costTable = (what: string, costs: readonly Cost[]): string => {
  const most = new Map<string, number>();
  for (const [, cost] of costs) {
    for (const [owner, us] of cost) most.set(owner, Math.max(us, most.get(owner) ?? 0));
  }
  const owners = [...most]
    .filter(([, us]) => us >= MIN_MICROSECONDS)
    .sort(([, a], [, b]) => b - a)
    .map(([owner]) => owner);
  const row = (name: string, of: (cost: TimeByOwner) => number): string[] => [
    name,
    ...costs.map(([, cost]) => of(cost).toFixed(0)),
  ];
  return markdownTable(
    [`Microseconds of ${what}`, ...costs.map(([name]) => name)],
    [
      row('total', (cost) => sum([...cost.values()])),
      ...owners.map((owner) => row(owner, (cost) => cost.get(owner) ?? 0)),
    ],
  );
};

/** Where each process and each baseline spends its time. */
export const profile: Scenario = {
  title: `the time of each process by the owner of the code, ${CLIENTS} clients`,
  isDiagnostic: true,
  run: async (bench) => {
    const cluster = await startCluster(bench, { process: PROFILED });
    await givenStock(cluster.inventoryDatabase, HOT, PLENTY);
    await createSoldOutSku(cluster);
    const { orders, inventory } = cluster;
    const accepting = { Orders: orders, Inventory: inventory };
    const rejecting = { 'Orders, rejecting': orders, 'Inventory, rejecting': inventory };
    const ofAnOrder = [
      ...(await profileCall(bench, 'order', orders.address, accepting)),
      ...(await profileCall(bench, 'order', orders.address, rejecting, 'rejected')),
      ...(await profileBaseline(bench, 'order', 'insert-only')),
      ...(await profileBaseline(bench, 'order', 'answer-only')),
    ];
    const ofAReservation = [
      ...(await profileCall(bench, 'reserve', inventory.address, { Inventory: inventory })),
      ...(await profileBaseline(bench, 'reserve', 'no-op')),
    ];
    return {
      series: [],
      tables: [costTable('an order', ofAnOrder), costTable('a ReserveStock', ofAReservation)],
      figures: [wrongAnswersFigure(bench), await verifyFigure(bench, cluster)],
    };
  },
};
