import { setTimeout as sleep } from 'node:timers/promises';
import { type Failpoint, FAILPOINTS } from '@app/runtime';
import { withWaitIndicator } from '../../apps/cli/src/command-line/wait-indicator';
import type { RestartablePostgres } from '../harness/postgres';
import { Random } from '../harness/random';
import { LIGHT_BEHAVIOR } from './customer-behavior';
import { Customers } from './customers';
import { ExpectedErrors } from './expected-errors';
import { FaultTargets } from './fault-targets';
import { Faults } from './faults';
import { OrdersApi } from './orders-api';
import { quiesceAndVerify } from './quiesce';
import { ClientRecord } from './record';
import { formatFailpoints, formatVerdict, formatViolations } from './report';
import { membersWith } from './schedule';

/** Short, so that an order is soon overdue while Inventory does not answer. */
const ACCEPT_BY_SECONDS = 2;

/** How long Inventory is frozen again and again for failpoints that need unfinished orders. */
const FROZEN_MS: Partial<Record<Failpoint, number>> = {
  'reconciler.claimed': 1_500,
  'reconciler.overdue': 6_000,
};
const THAWED_MS = 1_000;

/** The reconciler of the other instance may pass the failpoint first several times. */
const FAILPOINT_TIMEOUT_MS = 10_000;

export interface FailpointsOptions {
  /** Kills at each failpoint. */
  readonly times: number;
  readonly stopped: AbortSignal;
}

/** Kills a process at each failpoint under light load, then verifies. Returns the number of violations. */
export const killAtFailpoints = async (
  postgres: RestartablePostgres,
  { times, stopped }: FailpointsOptions,
): Promise<number> => {
  const record = new ClientRecord();
  const env = { ORDERS_ACCEPT_BY_SECONDS: String(ACCEPT_BY_SECONDS) };
  const targets = await withWaitIndicator('Starting the services', () =>
    FaultTargets.start(postgres, env, (message) => record.violations.add('other', message)),
  );
  try {
    const expectedErrors = new ExpectedErrors();
    const faults = new Faults(targets, record, expectedErrors, FAILPOINT_TIMEOUT_MS);
    const api = new OrdersApi(targets.cluster.ordersInstances, record, expectedErrors);
    const customers = new Customers(api, record, new Random(0), LIGHT_BEHAVIOR);
    const ordering = customers.run();
    const inFlight = new Map<Failpoint, number>();
    try {
      for (const failpoint of FAILPOINTS) {
        const before = record.inFlightSum;
        await killRepeatedly(failpoint, times, targets, faults, stopped);
        inFlight.set(failpoint, record.inFlightSum - before);
        console.log(`${failpoint}: ${faults.failpointsHit.get(failpoint) ?? 0} of ${times} kills`);
      }
    } finally {
      customers.stop();
      await ordering;
    }
    await quiesceAndVerify(targets, record, console.log);
    console.log(`\n${formatFailpoints(record, faults, inFlight)}`);
    if (record.violations.total > 0) console.log(`\n${formatViolations(record.violations)}`);
    console.log(`\n${formatVerdict(record.violations)}`);
    return record.violations.total;
  } finally {
    await targets.stop();
  }
};

/** Kills both instances at the same time, `times` kills in total. */
const killRepeatedly = async (
  failpoint: Failpoint,
  times: number,
  targets: FaultTargets,
  faults: Faults,
  stopped: AbortSignal,
): Promise<void> => {
  const done = new AbortController();
  const freezing = freezeInventory(targets, FROZEN_MS[failpoint], done.signal);
  let left = times;
  try {
    await Promise.all(
      membersWith(failpoint).map(async (member) => {
        while (left > 0 && !stopped.aborted) {
          left -= 1;
          await faults.inject({
            kind: 'failpoint',
            member,
            failpoint,
            nth: 1,
            action: 'die',
            forMs: 0,
          });
        }
      }),
    );
  } finally {
    done.abort();
    await freezing;
  }
};

/** Freezes the connections to Inventory again and again, with short breaks, so that orders stay PENDING. */
const freezeInventory = async (
  targets: FaultTargets,
  frozenMs: number | undefined,
  done: AbortSignal,
): Promise<void> => {
  if (frozenMs === undefined) return;
  const proxies = [targets.proxy('inventory-1'), targets.proxy('inventory-2')];
  const become = (mode: 'freeze' | 'pass', ms: number) =>
    Promise.all(proxies.map((proxy) => proxy.become(mode))).then(() =>
      sleep(ms, undefined, { signal: done }).catch(() => undefined),
    );
  while (!done.aborted) {
    await become('freeze', frozenMs);
    await become('pass', THAWED_MS);
  }
};
