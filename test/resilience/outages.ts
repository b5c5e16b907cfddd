import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../tools/tool';
import { eventually, times } from '../harness/wait';
import {
  atLeast,
  atMost,
  type Figure,
  percentile,
  zero,
  formatNumber,
  measured,
} from '../harness/figures';
import { countOf, durationsOf, Load, type Sample } from './load';
import { Site } from './site';

const SKUS = times(20, (index) => `sku-${index}`);
const PLENTY = 10_000_000;
const CLIENTS = 16;
const ROUNDS = 5;
const NORMAL_MS = 4_000;
const AWAY_MS = 4_000;

interface Round {
  readonly normal: readonly Sample[];
  readonly untilKnown: readonly Sample[];
  readonly known: readonly Sample[];
  readonly all: readonly Sample[];
  /** From when Inventory can be asked again to the first answer CONFIRMED. */
  readonly backAfterMs: number;
}

const startSite = async (env: Record<string, string> = {}): Promise<Site> => {
  const site = await Site.start(1, env);
  await site.stock(SKUS, PLENTY);
  return site;
};

/** Lets load run, makes Inventory go and come back, and cuts what was measured at those moments. */
const roundOf = async (
  site: Site,
  name: string,
  leave: () => unknown,
  comeBack: () => unknown,
): Promise<Round> => {
  const { url } = site.first.orders;
  const load = Load.start(name, { clients: CLIENTS, skus: SKUS, to: () => url });
  const startMs = performance.now();
  await sleep(NORMAL_MS);
  const leftMs = performance.now();
  await leave();
  const knownMs = await site.untilInventoryIs('down');
  await sleep(AWAY_MS);
  const comingMs = performance.now();
  await comeBack();
  const backMs = performance.now();
  const first = await eventually('an order is CONFIRMED again', () =>
    load.samples.find(
      ({ code, startedMs, tookMs }) => code === 201 && startedMs + tookMs > comingMs,
    ),
  );
  const all = await load.stop();
  return {
    // The first second warms up.
    normal: load.between(startMs + 1_000, leftMs - 500),
    untilKnown: load.between(leftMs, knownMs),
    known: load.between(knownMs, comingMs),
    all,
    backAfterMs: Math.max(0, first.startedMs + first.tookMs - backMs),
  };
};

const figuresOf = (rounds: readonly Round[], maxRatio: number): Figure[] => {
  const pick = (part: (round: Round) => readonly Sample[]) =>
    rounds.flatMap((one) => [...part(one)]);
  const normal = percentile(durationsOf(pick((one) => one.normal)), 0.99);
  const known = percentile(durationsOf(pick((one) => one.known)), 0.99);
  const all = pick((one) => one.all);
  return [
    measured('orders placed', formatNumber(all.length)),
    measured('p99 before', `${formatNumber(normal)} ms`),
    atMost('p99 once it is known to be away, against before', known / normal, maxRatio, '×'),
    zero(
      'answers of 5xx, or none at all',
      countOf(all, (code) => code === 0 || code >= 500),
    ),
    atMost(
      'first CONFIRMED after the return, the slowest',
      Math.max(...rounds.map(({ backAfterMs }) => backAfterMs)),
      1_000,
      'ms',
    ),
  ];
};

/** Inventory stands still (SIGSTOP), and goes on. */
export const frozen = async (say: Log): Promise<Figure[]> => {
  const site = await startSite();
  const { inventory } = site.first;
  const rounds: Round[] = [];
  for (const round of times(ROUNDS, (index) => index + 1)) {
    say(`frozen: round ${round} of ${ROUNDS}`);
    rounds.push(
      await roundOf(
        site,
        `frozen-${round}`,
        () => inventory.signal('SIGSTOP'),
        () => inventory.signal('SIGCONT'),
      ),
    );
    await site.untilRest();
  }
  const verified = await site.end();
  const untilKnown = rounds.flatMap(({ untilKnown }) => [...untilKnown]);
  return [
    ...figuresOf(rounds, 2),
    atMost(
      'p99 until it is known to be away',
      percentile(durationsOf(untilKnown), 0.99),
      450,
      'ms',
    ),
    verified,
  ];
};

/** Inventory is killed: connections are refused until it is started again. */
export const refused = async (say: Log): Promise<Figure[]> => {
  const site = await startSite();
  const { inventory } = site.first;
  const rounds: Round[] = [];
  for (const round of times(ROUNDS, (index) => index + 1)) {
    say(`refused: round ${round} of ${ROUNDS}`);
    rounds.push(
      await roundOf(
        site,
        `refused-${round}`,
        () => inventory.stop('SIGKILL'),
        () => inventory.start(),
      ),
    );
    await site.untilRest();
  }
  const verified = await site.end();
  const untilKnown = rounds.flatMap(({ untilKnown }) => [...untilKnown]);
  return [
    ...figuresOf(rounds, 1.5),
    measured(
      'p99 until it is known to be away',
      `${formatNumber(percentile(durationsOf(untilKnown), 0.99))} ms`,
    ),
    verified,
  ];
};

const OUTAGE_MS = 10_000;

/** Inventory is gone for 10 s, and there is stock for every order: how many get it? */
export const outage = async (say: Log): Promise<Figure[]> => {
  const site = await startSite();
  const { inventory, orders } = site.first;
  const load = Load.start('outage', { clients: CLIENTS, skus: SKUS, to: () => orders.url });
  await sleep(1_000);
  say('outage: Inventory is killed');
  await inventory.stop('SIGKILL');
  await sleep(OUTAGE_MS);
  await inventory.start();
  say('outage: Inventory is back');
  await sleep(1_000);
  const samples = await load.stop();
  const counts = await site.untilRest();
  const verified = await site.end();
  const placed = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return [
    measured('orders placed', formatNumber(placed)),
    measured('answered PENDING', formatNumber(countOf(samples, (code) => code === 202))),
    atLeast('ended CONFIRMED', (100 * (counts.CONFIRMED ?? 0)) / placed, 99, '%'),
    zero(
      'answers of 5xx, or none at all',
      countOf(samples, (code) => code === 0 || code >= 500),
    ),
    verified,
  ];
};
