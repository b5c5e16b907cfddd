import {
  atLeast,
  atMost,
  type Figure,
  formatNumber,
  measured,
  median,
  zero,
} from '../harness/figures';
import { LoadGenerator } from '../harness/load/load-generator';
import type { LoadPlan, Measured } from '../harness/load/plan';
import { memoryMbOf } from '../harness/process-memory';
import type { ServiceCluster } from '../harness/service-cluster';
import { times } from '../harness/wait';
import type { Log } from '../../tools/tool';
import { SKUS, startCluster, verifyAndStop } from './scenario';

/** Numbers of clients among which the peak is searched. */
const PEAK_CLIENTS = [64, 128, 256];
const OVERLOAD_FACTOR = 10;
const ROUND_MS = 8_000;
const WARM_UP_MS = 2_000;
const ROUNDS = 3;
const MAX_SHOWN = 3;

/** `polite` clients wait as `Retry-After` asks, `rude` ones do not. */
type Kind = 'peak' | 'polite' | 'rude';
type Rounds = Readonly<Record<Kind, Measured[]>>;

/** Goodput and tail latency at ten times the clients of the peak. */
export const overload = async (log: Log): Promise<Figure[]> => {
  const cluster = await startCluster();
  const load = LoadGenerator.start();
  const rounds: Rounds = { peak: [], polite: [], rude: [] };
  const memoryMb: number[] = [];
  const peakClients = await clientsAtPeak(load, cluster, log);
  for (const round of times(ROUNDS, (index) => index + 1)) {
    log(`overload: round ${round} of ${ROUNDS}`);
    for (const kind of ['peak', 'polite', 'rude'] as const) {
      const clients = kind === 'peak' ? peakClients : peakClients * OVERLOAD_FACTOR;
      rounds[kind].push(await load.measure(planOf(cluster, clients, kind === 'polite')));
      await cluster.awaitQuiescence();
    }
    memoryMb.push(await memoryMbOf(cluster.orders.pid));
  }
  await load.stop();
  const { count, examples } = load.wrong;
  for (const example of examples.slice(0, MAX_SHOWN)) log(`overload: wrong answer: ${example}`);
  const growth = (memoryMb.at(-1) ?? Number.NaN) / (memoryMb[0] ?? Number.NaN);
  return [
    ...figuresOf(rounds, peakClients),
    zero('other failures', count),
    atMost('memory of Orders after the last round, against the first', growth, 1.2, '×'),
    await verifyAndStop(cluster),
  ];
};

const planOf = (
  { orders }: ServiceCluster,
  clients: number,
  honorsRetryAfter: boolean,
): LoadPlan => ({
  call: 'order',
  addresses: [orders.address],
  clients,
  wanted: { skus: SKUS, lines: 1, draw: 'even' },
  expects: 'accepted',
  hasKeys: true,
  allowsOverload: true,
  honorsRetryAfter,
  warmUpMs: WARM_UP_MS,
  measureMs: ROUND_MS,
});

/** Returns the number of clients with the highest goodput. */
const clientsAtPeak = async (
  load: LoadGenerator,
  cluster: ServiceCluster,
  log: Log,
): Promise<number> => {
  let best = { clients: 0, perSecond: 0 };
  for (const clients of PEAK_CLIENTS) {
    const { perSecond } = await load.measure(planOf(cluster, clients, false));
    log(`overload: ${clients} clients get ${formatNumber(perSecond)} orders a second`);
    if (perSecond > best.perSecond) best = { clients, perSecond };
  }
  return best.clients;
};

const figuresOf = (rounds: Rounds, peakClients: number): Figure[] => {
  const of = (
    kind: Kind,
    what: 'perSecond' | 'p99Ms' | 'pendingPerSecond' | 'overloadedPerSecond',
  ) => median(rounds[kind].map((round) => round[what]));
  const rate = (value: number): string => `${formatNumber(value)} a second`;
  const overloaded = (kind: Kind, clients: string): Figure[] => {
    const goodput = (100 * of(kind, 'perSecond')) / of('peak', 'perSecond');
    return [
      atLeast(`${clients}: goodput against the peak`, goodput, 90, '%'),
      measured(`${clients}: rejected as OVERLOADED`, rate(of(kind, 'overloadedPerSecond'))),
      measured(`${clients}: answered PENDING`, rate(of(kind, 'pendingPerSecond'))),
      measured(`${clients}: p99 of confirmed orders`, `${formatNumber(of(kind, 'p99Ms'))} ms`),
    ];
  };
  const many = peakClients * OVERLOAD_FACTOR;
  return [
    measured(`peak, with ${peakClients} clients`, rate(of('peak', 'perSecond'))),
    ...overloaded('polite', `${many} clients that honor Retry-After`),
    ...overloaded('rude', `${many} clients that ignore Retry-After`),
  ];
};
