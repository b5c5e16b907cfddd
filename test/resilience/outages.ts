import { setTimeout as sleep } from 'node:timers/promises';
import {
  atLeast,
  atMost,
  type Figure,
  formatNumber,
  measured,
  percentile,
  sum,
  zero,
} from '../harness/figures';
import { countOf, durationsOf, RecordedLoad, type Sample } from '../harness/load/recorded-load';
import type { ServiceCluster } from '../harness/service-cluster';
import { eventually, times } from '../harness/wait';
import type { Log } from '../../tools/tool';
import { SKUS, startCluster, verifyAndStop } from './scenario';

const CLIENTS = 16;
const ROUNDS = 5;
const NORMAL_MS = 4_000;
const UNAVAILABLE_MS = 4_000;

/** How one outage of Inventory begins and ends. */
interface Outage {
  readonly name: string;
  readonly begin: () => unknown;
  readonly end: () => unknown;
}

interface Round {
  readonly normal: readonly Sample[];
  /** Sent before Orders had found Inventory unavailable. */
  readonly undetected: readonly Sample[];
  readonly detected: readonly Sample[];
  readonly all: readonly Sample[];
  /** From the return of Inventory to the first CONFIRMED order. */
  readonly recoveryMs: number;
}

const startLoad = (name: string, { orders }: ServiceCluster): RecordedLoad =>
  RecordedLoad.start(name, { clients: CLIENTS, skus: SKUS, to: () => orders.address });

/** Runs load through one outage and cuts the samples at its begin, detection and end. */
const runRound = async (cluster: ServiceCluster, outage: Outage, nth: number): Promise<Round> => {
  const load = startLoad(`${outage.name}-${nth}`, cluster);
  const startMs = performance.now();
  await sleep(NORMAL_MS);
  const beganMs = performance.now();
  await outage.begin();
  const detectedMs = await cluster.awaitInventoryStatus('down');
  await sleep(UNAVAILABLE_MS);
  const endingMs = performance.now();
  await outage.end();
  const endedMs = performance.now();
  const first = await eventually('an order is CONFIRMED again', () =>
    load.samples.find(
      ({ status, startedMs, tookMs }) => status === 201 && startedMs + tookMs > endingMs,
    ),
  );
  const all = await load.stop();
  return {
    // The first second warms up.
    normal: load.between(startMs + 1_000, beganMs - 500),
    undetected: load.between(beganMs, detectedMs),
    detected: load.between(detectedMs, endingMs),
    all,
    recoveryMs: Math.max(0, first.startedMs + first.tookMs - endedMs),
  };
};

const runRounds = async (cluster: ServiceCluster, outage: Outage, log: Log): Promise<Round[]> => {
  const rounds: Round[] = [];
  for (const nth of times(ROUNDS, (index) => index + 1)) {
    log(`${outage.name}: round ${nth} of ${ROUNDS}`);
    rounds.push(await runRound(cluster, outage, nth));
    await cluster.awaitQuiescence();
  }
  return rounds;
};

const p99Of = (rounds: readonly Round[], part: 'normal' | 'undetected' | 'detected'): number =>
  percentile(durationsOf(rounds.flatMap((round) => [...round[part]])), 0.99);

const failuresOf = (samples: readonly Sample[]): Figure =>
  zero(
    'answers of 5xx and lost answers',
    countOf(samples, (status) => status === 0 || status >= 500),
  );

const figuresOf = (rounds: readonly Round[], maxRatio: number): Figure[] => {
  const normal = p99Of(rounds, 'normal');
  const ratio = p99Of(rounds, 'detected') / normal;
  const all = rounds.flatMap((round) => [...round.all]);
  const slowest = Math.max(...rounds.map(({ recoveryMs }) => recoveryMs));
  return [
    measured('orders placed', formatNumber(all.length)),
    measured('p99 before the outage', `${formatNumber(normal)} ms`),
    atMost('p99 after detection, against before', ratio, maxRatio, '×'),
    failuresOf(all),
    atMost('first CONFIRMED after the return, the slowest', slowest, 1_000, 'ms'),
  ];
};

/** Inventory is suspended (SIGSTOP) and continued. */
export const frozen = async (log: Log): Promise<Figure[]> => {
  const cluster = await startCluster();
  const { inventory } = cluster;
  const outage: Outage = {
    name: 'frozen',
    begin: () => inventory.signal('SIGSTOP'),
    end: () => inventory.signal('SIGCONT'),
  };
  const rounds = await runRounds(cluster, outage, log);
  return [
    ...figuresOf(rounds, 2),
    atMost('p99 before detection', p99Of(rounds, 'undetected'), 450, 'ms'),
    await verifyAndStop(cluster),
  ];
};

/** Inventory is killed: connections are refused until it is started again. */
export const refused = async (log: Log): Promise<Figure[]> => {
  const cluster = await startCluster();
  const { inventory } = cluster;
  const outage: Outage = {
    name: 'refused',
    begin: () => inventory.stop('SIGKILL'),
    end: () => inventory.start(),
  };
  const rounds = await runRounds(cluster, outage, log);
  return [
    ...figuresOf(rounds, 1.5),
    measured('p99 before detection', `${formatNumber(p99Of(rounds, 'undetected'))} ms`),
    await verifyAndStop(cluster),
  ];
};

const OUTAGE_MS = 10_000;

/** Inventory is down for 10 s. Measures how many of the orders with stock are confirmed. */
export const outage = async (log: Log): Promise<Figure[]> => {
  const cluster = await startCluster();
  const load = startLoad('outage', cluster);
  await sleep(1_000);
  log('outage: Inventory is killed');
  await cluster.inventory.stop('SIGKILL');
  await sleep(OUTAGE_MS);
  await cluster.inventory.start();
  log('outage: Inventory is back');
  await sleep(1_000);
  const samples = await load.stop();
  const counts = await cluster.awaitQuiescence();
  const placed = sum(Object.values(counts));
  const pending = countOf(samples, (status) => status === 202);
  return [
    measured('orders placed', formatNumber(placed)),
    measured('answered PENDING', formatNumber(pending)),
    atLeast('finally CONFIRMED', (100 * (counts.CONFIRMED ?? 0)) / placed, 99, '%'),
    failuresOf(samples),
    await verifyAndStop(cluster),
  ];
};
