import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, times } from '../support/wait';
import { atLeast, atMost, type Figure, none, number, told } from './goal';
import { countOf, Load, type LoadOptions, percentile } from './load';
import { memoryMbOf, Site } from './site';

const SKUS = times(20, (index) => `sku-${index}`);
const PLENTY = 100_000_000;
const PEAK_CLIENTS = 64;
const ROUND_MS = 8_000;
const WARM_UP_MS = 2_000;

type Say = (text: string) => void;

interface Measured {
  readonly perSecond: number;
  readonly refusedPerSecond: number;
  readonly p99Ms: number;
}

/** Goodput: orders that were placed and decided, a second. */
const measure = async (name: string, options: LoadOptions): Promise<Measured> => {
  const load = Load.start(name, options);
  await sleep(WARM_UP_MS);
  const fromMs = performance.now();
  await sleep(ROUND_MS);
  const samples = load.between(fromMs, performance.now());
  await load.stop();
  const good = samples.filter(({ code }) => code === 201);
  const seconds = ROUND_MS / 1_000;
  return {
    perSecond: good.length / seconds,
    refusedPerSecond: countOf(samples, (code) => code === 503) / seconds,
    p99Ms: percentile(good, 0.99),
  };
};

const ROUNDS = 3;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Ten times the clients of the peak, those who wait as they are told and those who do not. */
export const overload = async (say: Say): Promise<Figure[]> => {
  const site = await Site.start(1);
  await site.stock(SKUS, PLENTY);
  const { url, pid } = site.first.orders;
  const to = () => url;
  const peaks: Measured[] = [];
  const overloads: Measured[] = [];
  const memory: number[] = [];
  for (const round of times(ROUNDS, (index) => index + 1)) {
    say(`overload: round ${round} of ${ROUNDS}`);
    peaks.push(await measure(`peak-${round}`, { clients: PEAK_CLIENTS, skus: SKUS, to }));
    const clients = PEAK_CLIENTS * 10;
    overloads.push(await measure(`overload-${round}`, { clients, skus: SKUS, to }));
    memory.push(await memoryMbOf(pid));
  }
  await site.untilRest();
  await site.stop();
  const peak = median(peaks.map(({ perSecond }) => perSecond));
  const over = median(overloads.map(({ perSecond }) => perSecond));
  return [
    told(`goodput with ${PEAK_CLIENTS} clients`, `${number(peak)} a second`),
    told(`goodput with ${PEAK_CLIENTS * 10} clients`, `${number(over)} a second`),
    atLeast('goodput at ten times the load, against the peak', (100 * over) / peak, 90, '%'),
    told(
      'refused at once, with 503',
      `${number(median(overloads.map((one) => one.refusedPerSecond)))} a second`,
    ),
    told('p99 of what is let in', `${number(median(overloads.map((one) => one.p99Ms)))} ms`),
    atMost(
      'memory of Orders after the last round, against the first',
      (memory.at(-1) ?? Number.NaN) / (memory[0] ?? Number.NaN),
      1.2,
      '×',
    ),
  ];
};

const BACKLOG = 20_000;

/** Orders that piled up while Inventory was away: how fast does one instance end them? */
export const drain = async (say: Say): Promise<Figure[]> => {
  const site = await Site.start(1, { ORDERS_ACCEPT_BY_SECONDS: '600' });
  await site.stock(SKUS, PLENTY);
  const { inventory, orders } = site.first;
  await inventory.stop('SIGKILL');
  const load = Load.start('drain', { clients: 64, skus: SKUS, to: () => orders.url });
  await eventually('there is a backlog', () => load.samples.length >= BACKLOG, 120_000);
  const samples = await load.stop();
  say(`drain: ${number(samples.length)} orders wait`);
  await inventory.start();
  await site.untilRest();
  const [row] = await site.ordersDatabase.query<{ seconds: number; count: number }>(
    `select extract(epoch from max(occurred_at) - min(occurred_at))::float as seconds,
            count(*)::int from order_event where event = 'CONFIRMED'`,
  );
  await site.stop();
  const { seconds = 0, count = 0 } = row ?? {};
  return [
    told('orders that waited', number(count)),
    atLeast('ended by one instance', count / seconds, 1_000, 'a second'),
    none('not CONFIRMED', samples.length - count),
  ];
};
