/**
 * Load from a process of its own, with the lowest priority: clients are on other machines, and must not
 * take the processor from what they call. Prints what it measured as JSON.
 */
import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../harness/figures';
import { countOf, durationsOf, Load, type Sample } from './load';

/** Goodput: orders that were placed and decided, a second. */
export interface Measured {
  readonly perSecond: number;
  readonly pendingPerSecond: number;
  readonly refusedPerSecond: number;
  readonly failed: number;
  readonly p99Ms: number;
}

export interface LoadPlan {
  readonly name: string;
  readonly url: string;
  readonly clients: number;
  readonly skus: readonly string[];
  readonly isPolite: boolean;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

const LOWEST_PRIORITY = 19;
/** A client that was refused and does not wait is not read for up to 3 s; one that waited for a group in vain, for 5. */
const AT_ONCE_MS = 5_000;

const isRefusal = ({ code, reason, tookMs }: Sample): boolean =>
  code === 503 && reason === 'OVERLOADED' && tookMs < AT_ONCE_MS;

const run = async (plan: LoadPlan): Promise<Measured> => {
  const { clients, skus, isPolite, warmUpMs, measureMs } = plan;
  const load = Load.start(plan.name, { clients, skus, isPolite, to: () => plan.url });
  await sleep(warmUpMs);
  const fromMs = performance.now();
  await sleep(measureMs);
  const samples = load.between(fromMs, performance.now());
  await load.stop();
  const good = samples.filter(({ code }) => code === 201);
  const perSecond = (is: (code: number) => boolean) => countOf(samples, is) / (measureMs / 1_000);
  return {
    perSecond: perSecond((code) => code === 201),
    pendingPerSecond: perSecond((code) => code === 202),
    refusedPerSecond: samples.filter(isRefusal).length / (measureMs / 1_000),
    failed: samples.filter((one) => (one.code === 0 || one.code >= 500) && !isRefusal(one)).length,
    p99Ms: percentile(durationsOf(good), 0.99),
  };
};

setPriority(LOWEST_PRIORITY);
void run(JSON.parse(process.argv[2] ?? '{}') as LoadPlan).then((measured) => {
  process.stdout.write(JSON.stringify(measured));
  process.exit(0);
});
