import { setTimeout as sleep } from 'node:timers/promises';
import { measured } from '../harness/figures';
import { withWaitIndicator } from '../../apps/cli/src/command-line/wait-indicator';
import type { RestartablePostgres } from '../harness/postgres';
import { Random } from '../harness/random';
import { Customers } from './customers';
import { MIXED_BEHAVIOR } from './customer-behavior';
import { ExpectedErrors } from './expected-errors';
import { FaultTargets } from './fault-targets';
import { Faults } from './faults';
import { OrdersApi } from './orders-api';
import { quiesceAndVerify } from './quiesce';
import { ClientRecord } from './record';
import { formatRandomFaults, formatVerdict, formatViolations } from './report';
import { nameOf, scheduleOf } from './schedule';

const PROGRESS_INTERVAL_MS = 5_000;

export interface RandomFaultsOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly callers: number;
  /** Stops load and faults early. The run is verified all the same. */
  readonly stopped: AbortSignal;
}

/** Injects random faults under load, then verifies. Returns the number of violations. */
export const injectRandomFaults = async (
  postgres: RestartablePostgres,
  options: RandomFaultsOptions,
): Promise<number> => {
  const { seed, callers } = options;
  const record = new ClientRecord();
  const targets = await withWaitIndicator('Starting the services', () =>
    FaultTargets.start(postgres, {}, (message) => record.violations.add('other', message)),
  );
  try {
    const expectedErrors = new ExpectedErrors();
    const faults = new Faults(targets, record, expectedErrors);
    const api = new OrdersApi(targets.cluster.ordersInstances, record, expectedErrors);
    const behavior = { ...MIXED_BEHAVIOR, callers };
    const customers = new Customers(api, record, new Random(seed), behavior);
    const startedMs = performance.now();
    const elapsedMs = (): number => performance.now() - startedMs;
    const progress = setInterval(
      () => logProgress(elapsedMs(), record, faults),
      PROGRESS_INTERVAL_MS,
    );
    const ordering = customers.run();
    try {
      await injectSchedule(faults, record, options, elapsedMs);
    } finally {
      customers.stop();
      await ordering;
      clearInterval(progress);
    }
    const head = [
      measured('seed', String(seed)),
      measured('seconds', (elapsedMs() / 1_000).toFixed(1)),
    ];
    await quiesceAndVerify(targets, record, console.log);
    console.log(`\n${formatRandomFaults(head, record, faults)}`);
    if (record.violations.total > 0) console.log(`\n${formatViolations(record.violations)}`);
    console.log(`\n${formatVerdict(record.violations)}`);
    return record.violations.total;
  } finally {
    await targets.stop();
  }
};

/** Resolves when the time is up and all faults are over. */
const injectSchedule = async (
  faults: Faults,
  { violations }: ClientRecord,
  { seconds, seed, stopped }: RandomFaultsOptions,
  elapsedMs: () => number,
): Promise<void> => {
  const inProgress: Promise<void>[] = [];
  const until = async (atMs: number): Promise<void> => {
    const waitMs = Math.max(0, atMs - elapsedMs());
    await sleep(waitMs, undefined, { signal: stopped }).catch(() => undefined);
  };
  for (const { atMs, fault } of scheduleOf(seed, seconds)) {
    await until(atMs);
    if (stopped.aborted) break;
    inProgress.push(
      faults.inject(fault).catch((error: unknown) => {
        violations.add('other', `no recovery after ${nameOf(fault)}: ${String(error)}`);
      }),
    );
  }
  await until(seconds * 1_000);
  await Promise.all(inProgress);
};

const logProgress = (elapsedMs: number, record: ClientRecord, faults: Faults): void => {
  const answers = new Map<string, number>();
  for (const [name, count] of record.answers) {
    const kind = name.includes('without') ? 'none' : (/\d{3}/.exec(name)?.[0] ?? name);
    answers.set(kind, (answers.get(kind) ?? 0) + count);
  }
  const kinds = [...answers].sort().map(([kind, count]) => `${kind}: ${count}`);
  console.log(
    `${(elapsedMs / 1_000).toFixed(0).padStart(5)} s  ${record.placements.length} orders  ` +
      `answers ${kinds.join(', ')}  faults ${faults.total}  ` +
      `in flight ${record.requests.size} requests, ${record.unfinished.size} unfinished orders  ` +
      `violations ${record.violations.total}`,
  );
};
