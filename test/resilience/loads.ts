import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Log } from '../../tools/tool';
import { eventually, times } from '../harness/wait';
import {
  atLeast,
  atMost,
  type Figure,
  zero,
  formatNumber,
  median,
  measured,
} from '../harness/figures';
import { Load } from './load';
import type { LoadPlan, Measured } from './load-process';
import { memoryMbOf, Site } from './site';

const SKUS = times(20, (index) => `sku-${index}`);
const PLENTY = 100_000_000;
/** Where the peak is looked for. */
const PEAK_CLIENTS = [64, 128, 256];
const ROUND_MS = 8_000;
const WARM_UP_MS = 2_000;

/** From a process of its own, as little in the way as can be. */
const measure = async (plan: Pick<LoadPlan, 'name' | 'url' | 'clients' | 'isPolite'>) => {
  const whole: LoadPlan = { ...plan, skus: SKUS, warmUpMs: WARM_UP_MS, measureMs: ROUND_MS };
  const script = join(__dirname, 'load-process.ts');
  const args = ['--import', 'tsx', script, JSON.stringify(whole)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Measured;
};

const ROUNDS = 3;

/** How many clients get the most orders placed. */
const clientsAtPeak = async (url: string, say: Log): Promise<number> => {
  let best = { clients: 0, perSecond: 0 };
  for (const clients of PEAK_CLIENTS) {
    const plan = { name: `search-${clients}`, url, clients, isPolite: false };
    const { perSecond } = await measure(plan);
    say(`overload: ${clients} clients get ${formatNumber(perSecond)} orders a second`);
    if (perSecond > best.perSecond) best = { clients, perSecond };
  }
  return best.clients;
};

/** Ten times the clients of the peak: those who wait as `Retry-After` asks, and those who do not. */
export const overload = async (say: Log): Promise<Figure[]> => {
  const site = await Site.start(1);
  await site.stock(SKUS, PLENTY);
  const { url, pid } = site.first.orders;
  const rounds: Record<'peak' | 'polite' | 'rude', Measured[]> = { peak: [], polite: [], rude: [] };
  const memory: number[] = [];
  const peakClients = await clientsAtPeak(url, say);
  for (const round of times(ROUNDS, (index) => index + 1)) {
    say(`overload: round ${round} of ${ROUNDS}`);
    for (const kind of ['peak', 'polite', 'rude'] as const) {
      const clients = kind === 'peak' ? peakClients : peakClients * 10;
      const plan = { name: `${kind}-${round}`, url, clients, isPolite: kind === 'polite' };
      rounds[kind].push(await measure(plan));
      await site.untilRest();
    }
    memory.push(await memoryMbOf(pid));
  }
  const verified = await site.end();
  const of = (kind: keyof typeof rounds, what: keyof Measured): number =>
    median(rounds[kind].map((one) => one[what]));
  const ratio = (kind: 'polite' | 'rude') =>
    (100 * of(kind, 'perSecond')) / of('peak', 'perSecond');
  const overloaded = (kind: 'polite' | 'rude', who: string): Figure[] => [
    atLeast(`${who}: goodput against the peak`, ratio(kind), 90, '%'),
    measured(`${who}: refused at once`, `${formatNumber(of(kind, 'refusedPerSecond'))} a second`),
    measured(`${who}: answered PENDING`, `${formatNumber(of(kind, 'pendingPerSecond'))} a second`),
    measured(`${who}: p99 of what is let in`, `${formatNumber(of(kind, 'p99Ms'))} ms`),
  ];
  return [
    measured(
      `peak, with ${peakClients} clients`,
      `${formatNumber(of('peak', 'perSecond'))} a second`,
    ),
    ...overloaded('polite', `${peakClients * 10} clients who wait as they are told`),
    ...overloaded('rude', `${peakClients * 10} clients who do not`),
    zero(
      'other failures',
      Object.values(rounds)
        .flat()
        .reduce((sum, { failed }) => sum + failed, 0),
    ),
    atMost(
      'memory of Orders after the last round, against the first',
      (memory.at(-1) ?? Number.NaN) / (memory[0] ?? Number.NaN),
      1.2,
      '×',
    ),
    verified,
  ];
};

const BACKLOG = 20_000;

/** Orders that piled up while Inventory was away: how fast does one instance end them? */
export const drain = async (say: Log): Promise<Figure[]> => {
  const site = await Site.start(1, { ORDERS_ACCEPT_BY_SECONDS: '600' });
  await site.stock(SKUS, PLENTY);
  const { inventory, orders } = site.first;
  await inventory.stop('SIGKILL');
  const load = Load.start('drain', { clients: 64, skus: SKUS, to: () => orders.url });
  await eventually('there is a backlog', () => load.samples.length >= BACKLOG, 120_000);
  const samples = await load.stop();
  say(`drain: ${formatNumber(samples.length)} orders wait`);
  await inventory.start();
  await site.untilRest();
  const [row] = await site.ordersDatabase.query<{ seconds: number; count: number }>(
    `select extract(epoch from max(occurred_at) - min(occurred_at))::float as seconds,
            count(*)::int from order_event where event = 'CONFIRMED'`,
  );
  const verified = await site.end();
  const { seconds = 0, count = 0 } = row ?? {};
  return [
    measured('orders that waited', formatNumber(count)),
    atLeast('ended by one instance', count / seconds, 1_000, 'a second'),
    zero('not CONFIRMED', samples.length - count),
    verified,
  ];
};
