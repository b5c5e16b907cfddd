import { markdownTable, formatNumber } from '../../test/harness/figures';
import type { ServiceProcess } from '../../test/harness/service-process';
import { answersFigure, verifyFigure } from '../audit';
import type { Bench, Scenario } from '../bench';
import type { CallKind, LoadPlan } from '../../test/harness/load/plan';
import { Ours } from '../ours';
import { startBaseline } from '../baseline';
import { beginProfile, PROFILED, type TimeByOwner } from '../profile';
import { sellOut, SOLD_OUT } from '../sold-out';
import { giveStock, HOT } from '../stock';

const CLIENTS = 256;
const WARM_UP_MS = 4_000;
const MEASURE_MS = 8_000;
/** An owner that takes less of an answer than that, wherever it is met, is not told of. */
const WORTH_TELLING_US = 2;

/** What one answer takes of a process, in microseconds by owner. */
type Cost = readonly [name: string, microseconds: TimeByOwner];

/** Of all that take part in a call, profiled at the same time. */
const costsOf = async (
  { load, say }: Bench,
  call: CallKind,
  address: string,
  processes: Readonly<Record<string, ServiceProcess>>,
  expects: 'accepted' | 'rejected' = 'accepted',
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
  const profiles = await Promise.all(Object.values(processes).map(beginProfile));
  const { perSecond } = await load.measure(plan);
  const times = await Promise.all(profiles.map((end) => end()));
  const answers = (perSecond * MEASURE_MS) / 1_000;
  return Object.keys(processes).map((name, index) => {
    say(`${name}: ${formatNumber(perSecond)} a second while it was profiled`);
    const milliseconds = [...(times[index] ?? [])];
    return [name, new Map(milliseconds.map(([owner, ms]) => [owner, (ms * 1_000) / answers]))];
  });
};

const costsOfBaseline = async (
  bench: Bench,
  call: CallKind,
  name: 'insert-only' | 'answer-only' | 'no-op',
): Promise<Cost[]> => {
  const { address, process } = await startBaseline(bench, name, '', PROFILED);
  return costsOf(bench, call, address, { [name]: process });
};

/** One row for each owner, the most expensive first. */
const costTable = (what: string, costs: readonly Cost[]): string => {
  const most = new Map<string, number>();
  for (const [, cost] of costs) {
    for (const [owner, us] of cost) most.set(owner, Math.max(us, most.get(owner) ?? 0));
  }
  const owners = [...most]
    .filter(([, us]) => us >= WORTH_TELLING_US)
    .sort(([, a], [, b]) => b - a)
    .map(([owner]) => owner);
  const row = (name: string, of: (cost: TimeByOwner) => number): string[] => [
    name,
    ...costs.map(([, cost]) => of(cost).toFixed(0)),
  ];
  return markdownTable(
    [`Microseconds of ${what}`, ...costs.map(([name]) => name)],
    [
      row('in all', (cost) => [...cost.values()].reduce((sum, us) => sum + us, 0)),
      ...owners.map((owner) => row(owner, (cost) => cost.get(owner) ?? 0)),
    ],
  );
};

/** Where the time of each process goes, and of what it is compared with. */
export const profile: Scenario = {
  title: `where the time goes, ${CLIENTS} clients: a profile of each process, by whose code it runs`,
  isAside: true,
  run: async (bench) => {
    const ours = await Ours.start(bench, { processes: PROFILED });
    await giveStock(ours.databases.inventory, HOT);
    const [inventory] = ours.inventories;
    if (!inventory) throw new Error('There is no Inventory');
    await sellOut(ours);
    const { ordersAddress, orders } = ours;
    const both = { Orders: orders, Inventory: inventory };
    const refusing = { 'Orders, refused': orders, 'Inventory, refused': inventory };
    const ofAnOrder = [
      ...(await costsOf(bench, 'order', ordersAddress, both)),
      ...(await costsOf(bench, 'order', ordersAddress, refusing, 'rejected')),
      ...(await costsOfBaseline(bench, 'order', 'insert-only')),
      ...(await costsOfBaseline(bench, 'order', 'answer-only')),
    ];
    const ofAReservation = [
      ...(await costsOf(bench, 'reserve', inventory.address, { Inventory: inventory })),
      ...(await costsOfBaseline(bench, 'reserve', 'no-op')),
    ];
    return {
      contestants: [],
      tables: [costTable('an order', ofAnOrder), costTable('a ReserveStock', ofAReservation)],
      figures: [answersFigure(bench), await verifyFigure(bench, ours)],
    };
  },
};
