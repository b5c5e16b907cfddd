import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../tools/tool';
import { eventually, times } from '../harness/wait';
import { atMost, type Figure, zero, formatNumber, measured } from '../harness/figures';
import { countOf, Load, type Sample } from './load';
import { type Orders, type RestartablePostgres, Site } from './site';

const SKUS = times(20, (index) => `sku-${index}`);
const PLENTY = 10_000_000;
const CLIENTS = 16;

/** Orders that were acknowledged, and are not there. */
const lostOf = async (site: Site, samples: readonly Sample[]): Promise<number> => {
  const ids = samples.flatMap(({ id }) => (id === undefined ? [] : [id]));
  const [row] = await site.ordersDatabase.query<{ lost: number }>(
    `select count(*)::int as lost from unnest($1::uuid[]) as told (id)
      where not exists (select from orders o where o.id = told.id)`,
    [ids],
  );
  return row?.lost ?? Number.NaN;
};

/** Postgres, of both services, is stopped at once and started again, again and again. */
export const postgresRestarts = async (
  say: Log,
  postgres: RestartablePostgres,
  restarts = 100,
): Promise<Figure[]> => {
  const site = await Site.start(1);
  await site.stock(SKUS, PLENTY);
  const { url } = site.first.orders;
  const load = Load.start('postgres', { clients: CLIENTS, skus: SKUS, to: () => url });
  const backAfterMs: number[] = [];
  for (const round of times(restarts, (index) => index + 1)) {
    await sleep(200 + Math.random() * 300);
    const upMs = await postgres.restart('immediate');
    const first = await eventually('an order is placed again', () =>
      load.samples.find(
        ({ code, startedMs, tookMs }) =>
          (code === 201 || code === 202) && startedMs + tookMs > upMs,
      ),
    );
    backAfterMs.push(first.startedMs + first.tookMs - upMs);
    if (round % 10 === 0) say(`postgres: ${round} of ${restarts} restarts`);
  }
  const samples = await load.stop();
  await site.untilRest();
  const lost = await lostOf(site, samples);
  const verified = await site.end();
  return [
    measured('restarts', formatNumber(restarts)),
    measured(
      'orders acknowledged',
      formatNumber(countOf(samples, (code) => code === 201 || code === 202)),
    ),
    zero('acknowledged orders lost', lost),
    atMost('first success after it is up, the slowest', Math.max(...backAfterMs), 1_000, 'ms'),
    verified,
  ];
};

const DRAIN_MS = 1_000;

/** What a load balancer does: it looks every 50 ms who is ready, and sends to those in turn. */
class Balancer {
  private ready: readonly string[];
  private turn = 0;
  private readonly looking: NodeJS.Timeout;

  constructor(private readonly orders: readonly Orders[]) {
    this.ready = orders.map(({ url }) => url);
    this.looking = setInterval(() => void this.look(), 50);
  }

  readonly next = (): string => {
    this.turn += 1;
    return this.ready[this.turn % this.ready.length] ?? '';
  };

  stop(): void {
    clearInterval(this.looking);
  }

  private async look(): Promise<void> {
    const found = await Promise.all(
      this.orders.map(({ url }) =>
        fetch(`${url}/health/ready`).then(
          ({ ok }) => (ok ? [url] : []),
          () => [],
        ),
      ),
    );
    if (found.flat().length > 0) this.ready = found.flat();
  }
}

/** Each of two Orders and two Inventories is ended by SIGTERM and started again, in turn. */
export const rollingRestarts = async (say: Log, restarts = 50): Promise<Figure[]> => {
  const site = await Site.start(2, { SHUTDOWN_DRAIN_MS: String(DRAIN_MS) });
  await site.stock(SKUS, PLENTY);
  const balancer = new Balancer(site.orders);
  const load = Load.start('rolling', { clients: CLIENTS, skus: SKUS, to: balancer.next });
  await sleep(500);
  for (const round of times(restarts, (index) => index + 1)) {
    for (const service of [site.orders[round % 2], site.inventories[round % 2]]) {
      const code = await service?.stop();
      if (code !== 0) throw new Error(`A service ended with ${code}:\n${service?.logs}`);
      await service?.start();
    }
    if (round % 10 === 0) say(`rolling: ${round} of ${restarts} restarts of both services`);
  }
  await sleep(500);
  const samples = await load.stop();
  balancer.stop();
  await site.untilRest();
  const lost = await lostOf(site, samples);
  const verified = await site.end();
  const failed = countOf(samples, (code) => code === 0 || code >= 400);
  return [
    measured('restarts of both services', formatNumber(restarts)),
    measured('requests', formatNumber(samples.length)),
    zero('failed requests', failed),
    measured('answered PENDING', formatNumber(countOf(samples, (code) => code === 202))),
    zero('acknowledged orders lost', lost),
    verified,
  ];
};
