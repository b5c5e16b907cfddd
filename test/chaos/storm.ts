import { setTimeout as sleep } from 'node:timers/promises';
import { Customers, STORMY } from './customers';
import { healAndVerify } from './end';
import { Excuses } from './excuses';
import { Faults } from './faults';
import { stormTable, violationsInWords } from './figures';
import { Fleet } from './fleet';
import { OrdersApi } from './orders-api';
import { Random } from '../harness/random';
import { ClientRecord } from './record';
import { nameOf, scheduleOf } from './schedule';

const SAY_EVERY_MS = 5_000;

export interface StormOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly callers: number;
  /** Ends the storm early; what has happened so far is verified all the same. */
  readonly stopped: AbortSignal;
}

/** Load and faults at once, then rest, then the comparison. Gives how many violations there are. */
export const storm = async (options: StormOptions): Promise<number> => {
  const { seed, callers } = options;
  const record = new ClientRecord();
  const fleet = await Fleet.start({}, (words) => record.violations.add('other', words));
  try {
    const excuses = new Excuses();
    const faults = new Faults(fleet, record, excuses);
    const api = new OrdersApi(fleet.urls, record, excuses);
    const customers = new Customers(api, record, new Random(seed), { ...STORMY, callers });
    const startedMs = performance.now();
    const elapsedMs = (): number => performance.now() - startedMs;
    const progress = setInterval(() => say(elapsedMs(), record, faults), SAY_EVERY_MS);
    const ordering = customers.run();
    try {
      await rage(faults, record, options, elapsedMs);
    } finally {
      customers.stop();
      await ordering;
      clearInterval(progress);
    }
    const lastedS = (elapsedMs() / 1_000).toFixed(1);
    await healAndVerify(fleet, record, console.log);
    console.log(
      `\n${stormTable(
        [
          ['seed', seed],
          ['seconds', lastedS],
        ],
        record,
        faults,
      )}`,
    );
    if (record.violations.total > 0) console.log(`\n${violationsInWords(record.violations)}`);
    return record.violations.total;
  } finally {
    await fleet.stop();
  }
};

/** Resolves when the time is over and every fault with it. */
const rage = async (
  faults: Faults,
  { violations }: ClientRecord,
  { seconds, seed, stopped }: StormOptions,
  elapsedMs: () => number,
): Promise<void> => {
  const underWay: Promise<void>[] = [];
  const until = async (atMs: number): Promise<void> => {
    const waitMs = Math.max(0, atMs - elapsedMs());
    await sleep(waitMs, undefined, { signal: stopped }).catch(() => undefined);
  };
  for (const { atMs, fault } of scheduleOf(seed, seconds)) {
    await until(atMs);
    if (stopped.aborted) break;
    underWay.push(
      faults.inject(fault).catch((error: unknown) => {
        violations.add('other', `after ${nameOf(fault)} it did not come back: ${String(error)}`);
      }),
    );
  }
  await until(seconds * 1_000);
  await Promise.all(underWay);
};

const say = (elapsedMs: number, record: ClientRecord, faults: Faults): void => {
  const answers = new Map<string, number>();
  for (const [name, count] of record.answers) {
    const kind = name.includes('without') ? 'none' : (/\d{3}/.exec(name)?.[0] ?? name);
    answers.set(kind, (answers.get(kind) ?? 0) + count);
  }
  const kinds = [...answers].sort().map(([kind, count]) => `${kind}: ${count}`);
  console.log(
    `${(elapsedMs / 1_000).toFixed(0).padStart(5)} s  ${record.placements.length} orders  ` +
      `answers ${kinds.join(', ')}  faults ${faults.total}  ` +
      `in flight ${record.waiting.size} asked, ${record.unfinished.size} unfinished  ` +
      `violations ${record.violations.total}`,
  );
};
