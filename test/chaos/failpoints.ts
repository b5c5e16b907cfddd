import { setTimeout as sleep } from 'node:timers/promises';
import { type Failpoint, FAILPOINTS } from '@app/runtime';
import { Customers, type Habits } from './customers';
import { healAndVerify } from './end';
import { Excuses } from './excuses';
import { Faults } from './faults';
import { failpointsTable, violationsInWords } from './figures';
import { Fleet } from './fleet';
import { OrdersApi } from './orders-api';
import { Random } from '../harness/random';
import { ClientRecord } from './record';
import { ownersOf } from './schedule';

/** A little of everything that passes a failpoint, so that none has to be waited for long. */
const LIGHT: Habits = {
  callers: 6,
  maxThinkMs: 60,
  placing: {
    plainly: 90,
    'without a key': 0,
    'twice at once': 5,
    'given up': 0,
    'cancelled meanwhile': 5,
  },
  ending: { left: 10, cancelled: 40, fulfilled: 40, 'both at once': 10, 'looked at': 0 },
};

/** So that an order that Inventory does not answer for is overdue soon. */
const ACCEPT_BY_SECONDS = 2;

/** For how long Inventory is not heard of, again and again, where it takes orders to be undecided. */
const FROZEN_FOR_MS: Partial<Record<Failpoint, number>> = {
  'reconciler.claimed': 1_500,
  'reconciler.overdue': 6_000,
};
const HEARD_FOR_MS = 1_000;

/** The other instance's reconciler may be quicker a few times. */
const FAILPOINT_WITHIN_MS = 10_000;

export interface FailpointsOptions {
  /** How often the process is killed at each failpoint. */
  readonly times: number;
  readonly stopped: AbortSignal;
}

/** Kills a process at every named failpoint in turn, under load. Gives how many violations there are. */
export const killAtFailpoints = async ({ times, stopped }: FailpointsOptions): Promise<number> => {
  const record = new ClientRecord();
  const env = { ORDERS_ACCEPT_BY_SECONDS: String(ACCEPT_BY_SECONDS) };
  const fleet = await Fleet.start(env, (words) => record.violations.add('other', words));
  try {
    const excuses = new Excuses();
    const faults = new Faults(fleet, record, excuses, FAILPOINT_WITHIN_MS);
    const api = new OrdersApi(fleet.urls, record, excuses);
    const customers = new Customers(api, record, new Random(0), LIGHT);
    const ordering = customers.run();
    const inFlight = new Map<Failpoint, number>();
    try {
      for (const failpoint of FAILPOINTS) {
        const before = record.inFlightSum;
        await killManyTimesAt(failpoint, times, fleet, faults, stopped);
        inFlight.set(failpoint, record.inFlightSum - before);
        console.log(`${failpoint}: ${faults.failpointsHit.get(failpoint) ?? 0} of ${times} kills`);
      }
    } finally {
      customers.stop();
      await ordering;
    }
    await healAndVerify(fleet, record, console.log);
    console.log(`\n${failpointsTable(record, faults, inFlight)}`);
    if (record.violations.total > 0) console.log(`\n${violationsInWords(record.violations)}`);
    return record.violations.total;
  } finally {
    await fleet.stop();
  }
};

/** Both instances at the same time, each half of the times. */
const killManyTimesAt = async (
  failpoint: Failpoint,
  times: number,
  fleet: Fleet,
  faults: Faults,
  stopped: AbortSignal,
): Promise<void> => {
  const done = new AbortController();
  const undecided = keepUndecided(fleet, FROZEN_FOR_MS[failpoint], done.signal);
  let left = times;
  try {
    await Promise.all(
      ownersOf(failpoint).map(async (member) => {
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
    await undecided;
  }
};

/** Inventory is there, and nothing is heard of it but now and then. */
const keepUndecided = async (
  fleet: Fleet,
  forMs: number | undefined,
  done: AbortSignal,
): Promise<void> => {
  if (forMs === undefined) return;
  const proxies = [fleet.proxy('inventory-1'), fleet.proxy('inventory-2')];
  const become = (mode: 'freeze' | 'pass', ms: number) =>
    Promise.all(proxies.map((proxy) => proxy.become(mode))).then(() =>
      sleep(ms, undefined, { signal: done }).catch(() => undefined),
    );
  while (!done.aborted) {
    await become('freeze', forMs);
    await become('pass', HEARD_FOR_MS);
  }
};
